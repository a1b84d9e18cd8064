"""What customers write and agents answer, in five languages. {product} is what they have.

Each letter: topic, subject, body. Topics are keys of `console.demo.desk.TOPICS`.
"""

Letter = tuple[str, str, str]

LETTERS: dict[str, tuple[Letter, ...]] = {
    "fi": (
        (
            "general",
            "Kysymys tuotteesta {product}",
            "Hei,\n\ntoimiiko {product} kahdella koneella samalla lisenssillä?",
        ),
        ("general", "Lahjaksi?", "Moi! Voiko tuotteen {product} ostaa lahjaksi toiselle henkilölle?"),
        (
            "billing",
            "Kortin vaihto",
            "Hei, sain uuden pankkikortin. Mihin päivitän kortin tiedot ennen veloitusta?",
        ),
        (
            "billing",
            "Kaksi veloitusta",
            "Tililtäni on veloitettu tuotteesta {product} kahdesti. Voitteko tarkistaa?",
        ),
        ("billing", "Lasku yritykselle", "Tarvitsen kuitin, jossa näkyy alv ja yrityksemme nimi. Kiitos!"),
        (
            "cancellation",
            "Tilauksen irtisanominen",
            "Hei,\n\nhaluan irtisanoa tilauksen {product}. En käytä sitä enää.",
        ),
        (
            "cancellation",
            "Peruutus",
            "Pyydän päättämään tilaukseni ennen seuraavaa veloituspäivää. Terveisin",
        ),
        ("refund", "Rahat takaisin", "Tilaus {product} uusiutui vahingossa. Saanko maksun takaisin?"),
        ("refund", "Hyvityspyyntö", "Ohjelma ei toiminut koneellani lainkaan, joten pyydän hyvitystä."),
        ("licence", "Lisenssiavain kadonnut", "En löydä tuotteen {product} lisenssiavainta sähköpostistani."),
        ("licence", "Avain ei kelpaa", "{product} sanoo, että lisenssiavain on virheellinen. Mitä teen?"),
        ("technical", "Asennus ei onnistu", "Asennus pysähtyy kohtaan 80 % ja tulee virhe 1603. Windows 11."),
        (
            "account",
            "En pääse kirjautumaan",
            "Omat sivut ei hyväksy salasanaani, eikä uuden salasanan viesti tule perille.",
        ),
    ),
    "en": (
        (
            "general",
            "Question about {product}",
            "Hello,\n\ndoes {product} work on two computers with one licence?",
        ),
        ("general", "Family plan?", "Hi, is there a plan of {product} for the whole family?"),
        (
            "billing",
            "New card",
            "Hi, my bank sent me a new card. Where can I update it before the next renewal?",
        ),
        ("billing", "Charged twice", "I see two charges for {product} this month. Could you check, please?"),
        (
            "billing",
            "Invoice with our VAT number",
            "Could I have an invoice with our company name and VAT number?",
        ),
        (
            "cancellation",
            "Please cancel",
            "Hello,\n\nplease cancel my {product} subscription. I don't use it any more.",
        ),
        (
            "cancellation",
            "Do not renew",
            "I do not want {product} to renew. Please confirm that it will not.",
        ),
        ("refund", "Refund, please", "{product} renewed before I noticed. Can I have my money back?"),
        ("refund", "Not what I expected", "The program never worked on my laptop, so I would like a refund."),
        (
            "licence",
            "Lost my licence key",
            "I have a new computer and cannot find my licence key for {product}.",
        ),
        (
            "licence",
            "Key not accepted",
            "{product} tells me that my licence key is in use on another device.",
        ),
        ("technical", "Installation fails", "The installer stops at 80 % with error 1603 on Windows 11."),
        ("account", "Cannot sign in", "My Account does not accept my password and no reset mail arrives."),
    ),
    "sv": (
        ("general", "Fråga om {product}", "Hej!\n\nFungerar {product} på två datorer med samma licens?"),
        ("general", "Studentrabatt?", "Hej, har ni studentrabatt på {product}?"),
        (
            "billing",
            "Nytt kort",
            "Jag har fått ett nytt kort. Var ändrar jag kortuppgifterna inför nästa betalning?",
        ),
        (
            "billing",
            "Dubbel debitering",
            "{product} har dragits två gånger från mitt konto. Kan ni kontrollera det?",
        ),
        (
            "cancellation",
            "Säga upp",
            "Hej,\n\njag vill säga upp mitt abonnemang på {product} så fort som möjligt.",
        ),
        ("cancellation", "Avsluta abonnemanget", "Jag använder inte {product} längre. Vänligen avsluta det."),
        ("refund", "Återbetalning", "Abonnemanget förnyades av misstag. Kan jag få pengarna tillbaka?"),
        (
            "licence",
            "Licensnyckel",
            "Jag hittar inte min licensnyckel till {product}. Kan ni skicka den igen?",
        ),
        ("technical", "Går inte att installera", "Installationen av {product} avbryts med fel 1603."),
        (
            "account",
            "Kan inte logga in",
            "Mitt konto säger att lösenordet är fel, fast jag just har bytt det.",
        ),
    ),
    "de": (
        (
            "general",
            "Frage zu {product}",
            "Guten Tag,\n\nläuft {product} mit einer Lizenz auf zwei Rechnern?",
        ),
        ("general", "Familienlizenz", "Hallo, gibt es {product} auch als Familienlizenz?"),
        (
            "billing",
            "Neue Karte",
            "Ich habe eine neue Kreditkarte. Wo ändere ich die Daten vor der Verlängerung?",
        ),
        ("billing", "Doppelt abgebucht", "Für {product} wurde zweimal abgebucht. Bitte prüfen Sie das."),
        (
            "cancellation",
            "Kündigung",
            "Sehr geehrte Damen und Herren,\n\nhiermit kündige ich {product} fristgerecht.",
        ),
        (
            "cancellation",
            "Abo beenden",
            "Bitte beenden Sie mein Abonnement und bestätigen Sie mir die Kündigung.",
        ),
        (
            "refund",
            "Erstattung",
            "{product} hat sich ungewollt verlängert. Bitte erstatten Sie mir den Betrag.",
        ),
        (
            "licence",
            "Lizenzschlüssel",
            "Nach dem Rechnerwechsel wird mein Schlüssel für {product} nicht angenommen.",
        ),
        ("technical", "Installation bricht ab", "Die Installation bricht bei 80 % mit Fehler 1603 ab."),
        (
            "account",
            "Anmeldung nicht möglich",
            "Ich komme nicht mehr in Mein Konto, das Kennwort wird abgelehnt.",
        ),
    ),
    "ja": (
        (
            "general",
            "{product}について",
            "お世話になっております。\n{product}は一つのライセンスで二台のパソコンに使えますか。",
        ),
        ("general", "家族で使いたい", "家族三人で{product}を使えるプランはありますか。"),
        (
            "billing",
            "カード情報の変更",
            "カードが新しくなりました。次回の更新前に変更する方法を教えてください。",
        ),
        ("billing", "二重請求", "{product}の代金が二回請求されています。ご確認をお願いします。"),
        ("cancellation", "解約のお願い", "{product}の定期購入を解約したいです。手続きをお願いいたします。"),
        ("cancellation", "自動更新の停止", "次回の自動更新を止めてください。"),
        ("refund", "返金について", "気づかないうちに{product}が更新されていました。返金は可能でしょうか。"),
        ("licence", "ライセンスキーの再送", "{product}のライセンスキーをなくしました。再送をお願いします。"),
        ("technical", "インストールできません", "インストールの途中でエラー1603が表示されます。"),
        (
            "account",
            "ログインできない",
            "マイアカウントにログインできません。パスワード再設定のメールも届きません。",
        ),
    ),
}
# What an agent answers first, and last.
ANSWERS: dict[str, tuple[str, ...]] = {
    "fi": (
        "Hei,\n\nkiitos viestistäsi. Tarkistin tilauksesi ja palaan asiaan heti, kun tiedän enemmän.",
        "Hei,\n\nkiitos yhteydenotosta! Voitko vielä vahvistaa, mitä tilausta asia koskee?",
        "Hei,\n\nasia on nyt hoidettu. Näet muutoksen Omilla sivuilla.\n\nYstävällisin terveisin",
    ),
    "en": (
        "Hello,\n\nthank you for writing. I am looking at your subscription and will be back soon.",
        "Hello,\n\nthank you for getting in touch! Could you confirm which subscription this is about?",
        "Hello,\n\nthis is done now. You can see the change in My Account.\n\nKind regards",
    ),
    "sv": (
        "Hej,\n\ntack för ditt meddelande. Jag tittar på ditt abonnemang och återkommer snart.",
        "Hej,\n\ntack för att du hör av dig! Kan du bekräfta vilket abonnemang det gäller?",
        "Hej,\n\nnu är det klart. Du ser ändringen på Mitt konto.\n\nVänliga hälsningar",
    ),
    "de": (
        "Guten Tag,\n\nvielen Dank für Ihre Nachricht. Ich prüfe Ihr Abonnement und melde mich bald.",
        "Guten Tag,\n\nvielen Dank! Können Sie bitte bestätigen, um welches Abonnement es geht?",
        "Guten Tag,\n\ndas ist nun erledigt. Sie sehen die Änderung in Mein Konto.\n\nFreundliche Grüße",
    ),
    "ja": (
        "お問い合わせありがとうございます。ご契約内容を確認し、改めてご連絡いたします。",
        "ご連絡ありがとうございます。どのご契約についてのお問い合わせか、お知らせいただけますか。",
        "お手続きが完了しました。マイアカウントでご確認ください。今後ともよろしくお願いいたします。",
    ),
}
# What the customer adds: asked back, or coming back after it was solved.
FOLLOW_UPS: dict[str, tuple[str, ...]] = {
    "fi": (
        "Kyllä, juuri se tilaus.",
        "Kiitos nopeasta vastauksesta!",
        "Ongelma ei valitettavasti poistunut.",
    ),
    "en": (
        "Yes, that one exactly.",
        "Thanks for the quick answer!",
        "I am afraid the problem is still there.",
    ),
    "sv": ("Ja, precis det.", "Tack för snabbt svar!", "Problemet är tyvärr kvar."),
    "de": ("Ja, genau das.", "Danke für die schnelle Antwort!", "Das Problem besteht leider weiterhin."),
    "ja": (
        "はい、そちらの契約です。",
        "早速のご返信ありがとうございます。",
        "残念ながら、まだ解決していません。",
    ),
}
NOTES = (
    "Called the customer back, no answer. Trying again tomorrow.",
    "Same as two other tickets this week: waiting for the next build.",
    "Checked the charge at the gateway: it went through once.",
    "Long-standing customer, please be generous.",
)
