"""Names of people, in the forms in which exports hold them; every list is written for this benchmark."""

from tools.identifier_benchmark.draws import Drawer, Draws, listed

# Given names and surnames that go together, by language of origin.
_PEOPLE = (
    (
        listed("James|Linda|Robert|Karen|Tyler|Megan|Brandon|Heather|Kyle|Amber|Dustin|Crystal|Walter|Doris"),
        listed("Miller|Carter|Hayes|Whitfield|Sutton|Brewer|Larkin|Mosley|Pruitt|O'Connor|McBride|Tate"),
    ),
    (
        listed("Maria|Jose|Guadalupe|Carlos|Xochitl|Alejandro|Rosario|Ramiro|Yesenia|Efrain|Marisol|Ignacio"),
        listed("Garcia|Hernandez|Villarreal|Quintero|Zamora|Cisneros|Ybarra|Peña|García-López|Montoya"),
    ),
    (
        listed("DeShawn|Latoya|Jamal|Keisha|Tyrone|Ebony|Marquis|Shanice|Terrell|Imani|Darnell|Aaliyah"),
        listed("Washington|Jefferson|Booker|Gaines|Broadnax|Pettway|Rucker|Boykin|Hairston|Mayfield"),
    ),
    (
        listed("Minh|Thuy|Quang|Lan|Duc|Huong|Tuan|Ngoc|Bao|Phuong"),
        listed("Nguyen|Tran|Pham|Huynh|Vo|Dang|Bui|Truong|Ngo|Duong"),
    ),
    (
        listed("Mohammed|Fatima|Yusuf|Amina|Khalid|Layla|Hassan|Noor|Ibrahim|Samira"),
        listed("Al-Rashid|Haddad|Khoury|Mansour|Abdi|Warsame|Farah|Saleh|Nasser|Hamdan"),
    ),
    (
        listed("Priya|Rajesh|Anjali|Vikram|Sunita|Arjun|Deepa|Harpreet|Lakshmi|Sanjay"),
        listed("Patel|Sharma|Iyer|Gill|Chowdhury|Venkataraman|Kapoor|Desai|Bhatt|Rao"),
    ),
    (
        listed("Wei|Xiaoling|Jian|Mei|Junho|Soyeon|Kenji|Haruko|Pao|Mai"),
        listed("Zhang|Liu|Kwon|Yoon|Tanaka|Mori|Vang|Xiong|Lee|Ouyang"),
    ),
    (
        listed("Piotr|Agnieszka|Dmitri|Svetlana|Milan|Jelena|Ondrej|Oksana|Lars|Ingrid"),
        listed("Kowalczyk|Wisniewski|Volkov|Petrenko|Jovanovic|Novotny|Lindqvist|Haugen|Zielinski|Sokolov"),
    ),
    (
        listed("Chinonso|Adaeze|Kwame|Abena|Tesfaye|Selamawit|Oluwaseun|Folake|Thandiwe|Sipho"),
        listed("Okonkwo|Adeyemi|Mensah|Boateng|Gebremariam|Tadesse|Balogun|Eze|Dlamini|Nkosi"),
    ),
    (
        listed("Dakota|Winona|Talon|Shania|Chayton|Kaya|Elan|Nizhoni|Wyatt|Sequoia"),
        listed("Begay|Yazzie|Two-Bulls|Whitehorse|Benally|Tsosie|Redcloud|Locklear|Oxendine|Swimmer"),
    ),
)
_INITIALS = "ABCDEFGHJKLMNPRSTVW"
TITLES = ("Mr.", "Ms.", "Mrs.", "Dr.", "Miss", "Mr", "Mrs")
_SUFFIXES = ("Jr.", "Sr.", "III", "II", "Jr")


def people(draws: Draws, rows: int) -> list[tuple[str, str, str]]:
    """Draw given name, middle initial and surname of each row."""
    groups = draws.pick(_PEOPLE, rows)
    given, last = draws.between(0, 10**6, rows), draws.between(0, 10**6, rows)
    middle = draws.pick(_INITIALS, rows)
    return [
        (first[one % len(first)], initial, surname[two % len(surname)])
        for (first, surname), one, two, initial in zip(groups, given, last, middle, strict=True)
    ]


def written(style: str) -> Drawer:
    """Write each person in a style with the fields first, mid, last, title and suffix."""

    def drawn(draws: Draws, rows: int) -> list[str]:
        titles, suffixes = draws.pick(TITLES, rows), draws.pick(_SUFFIXES, rows)
        return [
            style.format(first=first, mid=mid, last=last, title=title, suffix=suffix, f=first[0], l=last[0])
            for (first, mid, last), title, suffix in zip(people(draws, rows), titles, suffixes, strict=True)
        ]

    return drawn


def upper(drawer: Drawer) -> Drawer:
    """Draw in upper case."""
    return lambda draws, rows: [value.upper() for value in drawer(draws, rows)]


def lower(drawer: Drawer) -> Drawer:
    """Draw in lower case."""
    return lambda draws, rows: [value.lower() for value in drawer(draws, rows)]


FIRST_LAST = written("{first} {last}")
LAST_FIRST = written("{last}, {first}")
LAST_FIRST_MID = written("{last}, {first} {mid}")
FIRST_MID_LAST = written("{first} {mid}. {last}")
TITLED = written("{title} {first} {last}")
SUFFIXED = written("{first} {last} {suffix}")
FIRST, LAST = written("{first}"), written("{last}")
