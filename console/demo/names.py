"""Common first and last names by language. Everybody in the sample company is made up."""

_FIRST = {
    "fi": "Aada Aleksi Anni Antti Eetu Eeva Elias Ella Emilia Hanna Helmi Iida Ilona Jari Joonas Juhani "
    "Kaisa Kalle Katja Lauri Leena Matti Mikko Minna Oona Pekka Päivi Riikka Saara Sami Sanna Sari "
    "Tiina Timo Tuomas Veera Väinö Ville",
    "sv": "Agnes Alva Anders Anna Axel Astrid Björn Ebba Elin Elsa Emil Erik Eva Fredrik Gustav Hugo Ida "
    "Ingrid Johan Karin Kerstin Lars Linnea Maja Måns Nils Olle Oskar Per Sara Sofia Stina Sven Tilda "
    "Viktor Wilma Åke Åsa",
    "de": "Andreas Anna Annika Bernd Birgit Christian Claudia Daniel Emma Felix Finn Frank Greta Hannah "
    "Heike Jan Jürgen Jörg Karl Katrin Klara Lena Lukas Marie Markus Matthias Mia Moritz Petra Sabine "
    "Sebastian Stefan Sven Thomas Ursula Uwe",
    "en": "Abigail Adam Alice Amelia Andrew Anthony Barbara Benjamin Brian Charlotte Daniel David Edward "
    "Ella Emily Ethan George Grace Hannah Harry Isabella Jack James Jessica John Joseph Karen Laura "
    "Liam Linda Lucy Mary Michael Nancy Oliver Olivia Patricia Robert Sarah Sophie Thomas William",
    "fr": "Adrien Alice Antoine Camille Chloé Claire Élodie Émile François Gabriel Hélène Hugo Inès Jean "
    "Jules Julie Léa Louis Louise Lucas Manon Marie Mathieu Noémie Nicolas Paul Pierre Sophie Théo "
    "Zoé",
    "es": "Alba Alejandro Álvaro Ana Beatriz Carlos Carmen Daniel Diego Elena Fernando Inés Irene Javier "
    "Jesús Jorge José Juan Laura Lucía Luis Manuel María Marta Miguel Nuria Pablo Paula Raúl Sofía",
    "nl": "Anouk Bas Bram Daan Eva Femke Fleur Floor Hans Jan Jeroen Joost Kees Lars Lieke Lotte Maarten "
    "Marieke Mees Noor Pieter Ruben Saskia Sander Sem Sophie Tess Thijs Wouter Zoë",
}
_LAST = {
    "fi": "Aalto Ahonen Anttila Hakala Hakkarainen Heikkinen Heinonen Hiltunen Hämäläinen Häkkinen Järvinen "
    "Kallio Karjalainen Kinnunen Koskinen Laaksonen Lahtinen Laitinen Lehtinen Lehtonen Leppänen "
    "Mattila Miettinen Mäkelä Mäkinen Nieminen Niemi Pitkänen Rantanen Räsänen Saarinen Salonen "
    "Toivonen Turunen Tuominen Virtanen Väisänen Åkerman",
    "sv": "Andersson Axelsson Berg Bergström Björk Dahl Ek Eklund Eriksson Forsberg Gustafsson Hansson Holm "
    "Holmberg Håkansson Jakobsson Jansson Johansson Karlsson Larsson Lind Lindberg Lindström Lundgren "
    "Magnusson Nilsson Norén Nyström Olsson Persson Sandberg Sjöberg Söderström Ström Svensson Wallin "
    "Åberg Öberg",
    "de": "Bauer Becker Braun Fischer Fuchs Graf Groß Hartmann Hoffmann Huber Jäger Keller Klein Koch König "
    "Krause Krüger Kühn Lang Lehmann Maier Meyer Möller Müller Neumann Pohl Richter Roth Schmidt "
    "Schneider Scholz Schröder Schulz Schwarz Vogel Wagner Walter Weiß Werner Wolf Zimmermann",
    "en": "Adams Allen Anderson Bailey Baker Bell Bennett Brooks Brown Campbell Carter Clark Collins Cooper "
    "Davis Edwards Evans Foster Garcia Gray Green Hall Harris Hill Hughes Jackson Johnson Jones Kelly "
    "King Lee Lewis Martin Miller Mitchell Moore Morgan Murphy Nelson Parker Phillips Reed Roberts "
    "Scott Smith Taylor Thompson Turner Walker Ward White Wilson Wood Wright Young",
    "fr": "Bernard Bertrand Blanc Bonnet Chevalier Dubois Dupont Durand Faure Fontaine Fournier François "
    "Garnier Girard Lambert Laurent Lefèvre Legrand Leroy Marchand Martin Mercier Michel Morel Muller "
    "Perrin Petit Richard Robert Rousseau Roux Simon Thomas Vincent",
    "es": "Alonso Álvarez Blanco Castro Delgado Díaz Domínguez Fernández García Gil Gómez González "
    "Gutiérrez Hernández Jiménez López Marín Martín Martínez Molina Morales Moreno Muñoz Navarro "
    "Núñez Ortega Ortiz Pérez Ramírez Ramos Rodríguez Romero Rubio Ruiz Sánchez Sanz Serrano Suárez "
    "Torres Vázquez",
    "nl": "Bakker Bos Brouwer Dekker Dijkstra Hendriks Hoekstra Jacobs Jansen Koster Kuipers Meijer Mulder "
    "Peters Postma Prins Scholten Schouten Smit Smits Visser Vos Vermeulen Verhoeven Willems",
}
# Written in two scripts: as on the screen, and as in an e-mail address.
_JAPANESE_FIRST = (
    "翔太:shota 陽菜:hina 健太:kenta 美咲:misaki 大輔:daisuke 愛:ai 拓也:takuya 結衣:yui 直樹:naoki "
    "さくら:sakura 誠:makoto 恵子:keiko 浩:hiroshi 由美子:yumiko 隆:takashi 葵:aoi 蓮:ren 凛:rin "
    "洋子:yoko 一郎:ichiro"
)
_JAPANESE_LAST = (
    "佐藤:sato 鈴木:suzuki 高橋:takahashi 田中:tanaka 伊藤:ito 渡辺:watanabe 山本:yamamoto "
    "中村:nakamura 小林:kobayashi 加藤:kato 吉田:yoshida 山田:yamada 佐々木:sasaki 山口:yamaguchi "
    "松本:matsumoto 井上:inoue 木村:kimura 林:hayashi 斎藤:saito 清水:shimizu"
)
# Letters that are more than a letter with a mark.
_PLAIN = str.maketrans("äåáàâãçéèêëíìîïñóòôöõúùûüýÿøßÉÁ", "aaaaaaceeeeiiiinooooouuuuyyosea")

Name = tuple[str, str]  # as on the screen; as in an e-mail address


def _latin(words: str) -> tuple[Name, ...]:
    return tuple((word, word.lower().translate(_PLAIN)) for word in words.split())


def _two_scripts(pairs: str) -> tuple[Name, ...]:
    return tuple((own, latin) for own, latin in (pair.split(":") for pair in pairs.split()))


FIRST = {language: _latin(words) for language, words in _FIRST.items()} | {
    "ja": _two_scripts(_JAPANESE_FIRST)
}
LAST = {language: _latin(words) for language, words in _LAST.items()} | {"ja": _two_scripts(_JAPANESE_LAST)}
FAMILY_NAME_FIRST = frozenset({"ja"})
