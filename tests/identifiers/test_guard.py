"""The identifier guard: what it must stop, what it must let pass, and that it never shows a value."""

import uuid

import numpy as np
import pyarrow as pa
import pytest

from stepdown.identifiers import DETECTORS, Role, scan, snake

ROWS = 40
RNG = np.random.default_rng(7)


def found(name, values, *, basis="limited_data_set", **role):
    """What the guard says of one column; "" where it lets it pass."""
    column = pa.chunked_array([pa.array(values)])
    roles = {name: Role(**role)} if role else {}
    return "; ".join(finding.what for finding in scan({name: column}, basis=basis, roles=roles))


INITIALS = [first + last for first in "ABEJKM" for last in "CDRST"]
STOPS = [
    ("LName", ["Q", "R"], "names of persons"),
    ("F_Name", ["Q", "R"], "names of persons"),
    ("contact", ["1-617-555-0100", "none"], "telephone or fax numbers"),
    ("last4", ["0123", "9876"], "social security numbers"),
    ("Medicaid", ["BY93625B", "AK11111C"], "health plan numbers"),
    ("card", ["4299267158396900"], "account numbers"),
    ("id", [f"AH196{n}0803" for n in range(6)], "ids made of initials and a birth date"),
    (
        "id",
        [f"{pair}0{n}1987" for pair in INITIALS for n in (412, 523)],
        "ids made of initials and a birth date",
    ),
    (
        "id",
        [f"{pair}-{n:02d}1287" for pair in INITIALS for n in (4, 31)],
        "ids made of initials and a birth date",
    ),
    (
        "id",
        [f"19{40 + n}1203{pair}" for n, pair in enumerate(INITIALS * 2)],
        "ids made of initials and a birth date",
    ),
    ("LastName", ["Q", "R"], "names of persons"),
    ("client_name", ["a", "b"], "names of persons"),
    ("who", ["Anna Berg", "Jo Smith", "SMITH, JOHN"], "names of persons"),
    ("x", ["Smith", "Jones", "Garcia", "Miller", "Davis"], "names of persons"),
    ("Home Address", ["a", "b"], "addresses or places below state"),
    ("county", ["Kent", "Essex"], "addresses or places below state"),
    ("x", ["12 Main Street", "9 Oak Ave"], "street addresses"),
    ("x", ["PO Box 12", "elsewhere"], "street addresses"),
    ("zip", ["02139", "10001"], "ZIP codes of more than 3 digits"),
    ("zip", [2139, 10001], "ZIP codes of more than 3 digits"),
    ("x", ["02139-1234"], "ZIP codes of more than 3 digits"),
    ("phone", ["6175550100"], "telephone or fax numbers"),
    ("phone", [6175550100], "telephone or fax numbers"),
    ("x", ["(617) 555-0100", "none"], "telephone or fax numbers"),
    ("x", ["+44 20 7946 0958"], "telephone or fax numbers"),
    ("x", ["ok"] * 30 + ["a.b@example.org"], "e-mail addresses"),
    ("x", ["ok"] * 30 + ["111-22-3333"], "social security numbers"),
    ("ssn", ["111223333"], "social security numbers"),
    ("SSN_last4", [1234], "social security numbers"),
    ("MRN", [12, 13], "medical record numbers"),
    ("MedicalRecordNumber", ["A77"], "medical record numbers"),
    ("member_id", ["W12"], "health plan numbers"),
    ("x", ["1EG4-TE5-MK73"], "health plan numbers"),
    ("account_no", ["77"], "account numbers"),
    ("drivers_license", ["S99"], "license or certificate numbers"),
    ("vin", ["1HGCM82633A004352"], "vehicle numbers"),
    ("device_serial", ["77"], "device numbers"),
    ("x", ["00:1B:44:11:3A:B7"], "device addresses"),
    ("x", ["see https://example.org/p"], "web addresses"),
    ("x", ["192.168.0.17", "10.0.0.1"], "IP addresses"),
    ("x", ["2001:db8::8a2e:370:7334"], "IP addresses"),
    ("fingerprint", ["a", "b"], "biometric marks"),
    ("photo", ["a", "b"], "photographs"),
    ("x", ["p17.jpg"], "photographs"),
    ("id", ["5d41402abc4b2a76b9719d911017c592", "7d793037a0760186574b0282f2f435e7"], "hashes, which"),
    ("id", ["aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"], "hashes, which"),
    ("id", [str(uuid.uuid5(uuid.NAMESPACE_DNS, name)) for name in "abc"], "hashes, which"),
    ("x", ["LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="], "hashes, which"),
    ("x", ["wants to see her sister before the next visit " * 6], "free text"),
    ("notes", ["said he would call", "no"], "free text"),
    ("Last", ["Kovacova", "Oyelaran"], "names of persons"),
    ("name2", ["q", "r"], "names of persons"),
    ("employer_name", ["q", "r"], "names of persons"),
    ("homezip", ["02139"], "ZIP codes of more than 3 digits"),
    ("coords", ["42.36,-71.06"], "addresses or places below state"),
    ("x", ["617-555-0100 ext. 4"], "telephone or fax numbers"),
    ("x", ["(617)555-0100 x4"], "telephone or fax numbers"),
    ("hm_ph", ["6175550100"], "telephone or fax numbers"),
    ("x", ["SSN 111-22-3333 on file"], "social security numbers"),
    ("x", ["111 22 3333", "222 33 4444"], "social security numbers"),
    ("x", ["XXX-XX-3333"], "social security numbers"),
    ("social", ["111223333"], "social security numbers"),
    ("Social Sec #", [111223333], "social security numbers"),
    ("last4ssn", ["3333"], "social security numbers"),
    ("Medicaid #", ["A12345678"], "health plan numbers"),
    ("inmate_no", [123], "license or certificate numbers"),
    ("x", ["1HGCM82633A004352", "1M8GDM9AXKP042788"], "vehicle numbers"),
    ("x", ["example.org/people/17"], "web addresses"),
    ("x", ["10.0.0.17:8080"], "IP addresses"),
    ("id", ["sha256:" + "ab12" * 16], "hashes, which"),
    ("id", ["0x" + "ab12" * 8], "hashes, which"),
    ("id", ["ab12" * 8, *(f"c{number}" for number in range(12))], "hashes, which"),
    ("id", [str(uuid.UUID("5d41402abc4b2a76b9719d911017c592"))], "hashes, which"),
    ("id", [str(uuid.UUID("c232ab00-9414-11ec-b3c8-9f6bdeced846"))], "hashes, which"),
    ("id", ["LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ"], "hashes, which"),
    ("birth_year", [1931, 1980], "ages over 89"),
    ("x", pa.array([["Anna"]]), "values of a type that cannot be checked"),
    ("x", pa.array([b"Anna"]), "values of a type that cannot be checked"),
    ("age", [34, 91], "ages over 89"),
    ("AgeAtAdmission", ["34", "101"], "ages over 89"),
    ("age_months", [400, 1090], "ages over 89"),
    ("age_yrs", ["34 yrs", "91 yrs"], "ages over 89"),
    ("x", ["forty", "Ninety-two"], "ages over 89"),
    ("Clt_Nm", ["a", "b"], "names of persons"),
    ("PatLastNM", ["a", "b"], "names of persons"),
    ("name_first", ["a", "b"], "names of persons"),
    ("Place of Work", ["Miller Roofing", "City Hall", "Acme"], "names of persons"),
    (
        "x",
        [
            "Hayes, Doris D",
            "Lopez, Ana M",
            "Miller, Jo",
            "Berg, Al",
            "Cruz, Eva",
            "Diaz, Max",
            "Cox, Tim",
            "Lee, Amy",
        ],
        "names",
    ),
    ("zipcode5", [2139, 10001], "ZIP codes of more than 3 digits"),
    ("x", ["Joplin, MO", "Salem, OR", "Troy, NY", "Reno, NV", "Waco, TX"], "places below state"),
    ("x", ["Cook County", "Wayne County", "Orange Parish"], "places below state"),
    ("mcaid_no", [1973977096108], "health plan numbers"),
    ("plan_member_nbr", [975766672607], "health plan numbers"),
    ("DOC #", [96160], "license or certificate numbers"),
    ("mrn2", ["M12"], "medical record numbers"),
    ("tax_no", [912790532], "social security numbers"),
    (
        "x",
        [f"9{n}{m}79{k}{n}32" for n in range(1, 8) for m in range(5) for k in "57"],
        "social security numbers",
    ),
    ("x", ["4458-4199-0572-8409", "4062-9840-3097-1024"], "account numbers"),
    ("x", [f"4{n}58419905{n}009" for n in range(10, 40)], "account numbers"),
    ("Pump SN", ["PMP8603052K"], "device numbers"),
    ("x", ["A_L2.WSQ", "B_R1.wsq"], "biometric marks"),
    ("IG handle", ["sunny", "wolf", "mama"], "names of accounts"),
    ("x", ["@sunny_blue", "@wolf.9", "u/mama12"], "names of accounts"),
    (
        "id",
        [
            f"{name}{number}"
            for name in (
                "smith",
                "jones",
                "garcia",
                "miller",
                "davis",
                "lopez",
                "wilson",
                "moore",
                "taylor",
                "allen",
            )
            for number in (12, 83)
        ],
        "ids made of names",
    ),
    (
        "id",
        ["NHT-06-17-1952", "SAO-12-31-1977", "IPB-05-15-1995", "ABC-01-02-1990", "DEF-03-04-1980"],
        "ids made of initials",
    ),
    (
        "id",
        ["02261975-3649", "12221986-7009", "10012000-6254", "01021990-1", "03041980-22"],
        "ids made of initials",
    ),
    ("Goes by", ["q", "r"], "names of persons"),
    ("mid_init", ["q", "r"], "names of persons"),
    ("MI", list("ABCDEK"), "names of persons"),
    ("Dirección", ["q", "r"], "addresses or places below state"),
    ("RESCNTY", ["q", "r"], "addresses or places below state"),
    ("birthplace", ["q", "r"], "addresses or places below state"),
    ("x", ["3429 Avenida Franklin", "Calle Roble 12"], "street addresses"),
    ("Apt", ["12B", "3", "104"], "street addresses"),
    ("unit_no", ["Unit 35B", "Apt 153", "#4"], "street addresses"),
    ("x", [f"4{n}.25938, -9{n}.76465" for n in range(5)], "places below state"),
    ("x", ["31-year-old", "92-year-old"], "ages over 89"),
    ("x", ["34 y/o man", "93 y/o woman"], "ages over 89"),
    ("x", [f"MRN80309{n}" for n in range(10, 15)], "medical record numbers"),
    ("FIN", ["70011203.0"], "medical record numbers"),
    ("VisitNumber", ["CLM364343148"], "medical record numbers"),
    ("group_policy", ["XZP162881867"], "health plan numbers"),
    ("MCO ID", [1370104412], "health plan numbers"),
    ("claim_no", ["CLM334259720"], "account numbers"),
    ("checking account", [37525333743], "account numbers"),
    ("EBT", ["6004860012345678.0"], "account numbers"),
    ("x", ["XXXX-XXXX-XXXX-7877", "************9518"], "account numbers"),
    ("x", [f"5{n}0362963738193" for n in range(60, 90)], "account numbers"),
    ("FBI No", ["123456AB1"], "license or certificate numbers"),
    ("x", ["27-CR-235327", "27-CR-894597", "62-JV-24-103"], "license or certificate numbers"),
    ("UDID", ["06242793-8EE0E12DB59659C0"], "device numbers"),
    ("bracelet_no", ["SCRAM-759323"], "device numbers"),
    (
        "id",
        [f"{pair}{pair[::-1]}0{n}1987F" for pair in INITIALS for n in (412, 523)],
        "ids made of initials and a birth date",
    ),
    (
        "id",
        [f"{letter}62{n}0{n}22{year}" for letter in "ABDHJK" for n in range(1, 7) for year in (45, 78)],
        "ids made of initials and a birth date",
    ),
    (
        "id",
        [f"{day:02d}0{n}8{n}102{n}" for day in range(1, 29) for n in range(1, 7)],
        "ids made of initials and a birth date",
    ),
    (
        "id",
        [
            f"{first}.{last}{number}"
            for first in (
                "josé",
                "siobhan",
                "linda",
                "mark",
                "björn",
                "paul",
                "anna",
                "mary",
                "james",
                "john",
            )
            for last, number in (("muñoz", 3), ("de la cruz", 41), ("st. clair", 8))
        ],
        "ids made of names",
    ),
]


@pytest.mark.parametrize(("name", "values", "what"), STOPS)
def test_identifiers_are_noticed(name, values, what):
    assert found(name, values).startswith(what)
    assert found(name, values, basis="safe_harbor") != ""


def test_different_words_for_each_client_are_noticed():
    words = ["".join(RNG.choice(list("abcdeimnorstu"), 7)) for _ in range(ROWS)]
    assert found("x", words) == "names or other texts that differ from client to client"
    assert found("x", words, kind="id") == ""


def social_security_numbers(count):
    areas = RNG.choice([number for number in range(1, 900) if number != 666], count)
    serials = zip(areas, RNG.integers(1, 100, count), RNG.integers(1, 10_000, count), strict=True)
    return [f"{area:03d}{group:02d}{serial:04d}" for area, group, serial in serials]


def telephone_numbers(count):
    ends = zip(RNG.integers(200, 1000, count), RNG.integers(0, 10_000, count), strict=True)
    return [f"617{exchange}{line:04d}" for exchange, line in ends]


@pytest.mark.parametrize("name", ["client_id", "x"])
def test_a_whole_column_of_bare_numbers_is_known_by_their_build(name):
    security, telephone = social_security_numbers(200), telephone_numbers(60)
    for values in (security, [int(number) for number in security]):
        assert found(name, values) == "social security numbers"
    for values in (telephone, [int(number) for number in telephone], [f"1{number}" for number in telephone]):
        assert found(name, values) == "telephone or fax numbers"


def test_random_ids_and_ids_in_a_row_are_not_taken_for_such_numbers():
    for _ in range(20):
        for low, high in ((10**8, 10**9), (0, 10**9), (10**9, 10**10), (0, 10**8)):
            assert found("client_id", RNG.integers(low, high, 500).tolist()) == ""
    for start in (100_000_001, 234_560_001, 2_345_670_001):
        assert found("client_id", list(range(start, start + 500))) == ""
    years = [f"{year}{number:05d}" for year in range(2015, 2026) for number in range(1, 200)]
    assert found("client_id", years) == ""


PASSES = [
    ("id", [f"A{site:02d}{n:04d}" for site in (1, 12) for n in range(100, 140)]),
    ("id", [f"AB{n:06d}" for n in range(110_501, 110_561)]),
    ("last", ["yes", "no"]),
    ("last", [3, 4]),
    ("program", ["Residential Care", "Intensive Outpatient", "Partial Hospital"]),
    ("payer", ["Medicaid", "Self Pay", "Private Insurance"]),
    ("bp", ["120/80", "130/85"]),
    ("subject", ["012-0045", "013-0046"]),
    ("ndc", ["0093-5720-56"]),
    ("batch", ["2026-001"]),
    ("release", ["v1.2.3.4"]),
    ("census", [31, 28]),
    ("ph", [6.5, 7.2]),
    ("birth_year", [1950, 1980]),
    ("substance_code", ["METHAMPHETAMINE_1", "ALCOHOL"]),
    ("site_id", ["02139", "10001", "60601"]),
    ("client_id", list(range(1, ROWS))),
    ("client_id", [f"c{number:07d}" for number in range(ROWS)]),
    ("client_id", [str(number) for number in RNG.integers(10**8, 10**9, ROWS)]),
    ("client_id", [str(number) for number in RNG.integers(10**9, 10**10, ROWS)]),
    ("client_id", ["".join(RNG.choice(list("0123456789abcdef"), 12)) for _ in range(ROWS)]),
    (
        "client_id",
        [str(uuid.UUID(int=number, version=4)) for number in RNG.integers(1, 10**18, ROWS).tolist()],
    ),
    ("client_id", [uuid.UUID(int=n * 10**18, version=4).hex for n in RNG.integers(1, 10**18, ROWS).tolist()]),
    ("patient_id", ["17", "18"]),
    ("site_name", ["North Valley", "White River", "Upper Falls"] * 20),
    ("zip3", ["021", "100"]),
    ("rural", [True, False]),
    ("phone_contact", ["yes", "no"]),
    ("phone_contact_day", [19700, 19701]),
    ("phone_contact_date", ["2026-01-05", "2026-02-07"]),
    ("email_sent", [1, 0]),
    ("medicaid", [1, 0]),
    ("photo_taken", [0, 1]),
    ("age", [12, 89]),
    ("age_band", ["65+", "12-17"]),
    ("stage", [95, 96]),
    ("dosage_mg", [120.0, 95.5]),
    ("age_months", [400, 1079]),
    ("asam_level", ["3.5", "2.1", "3.7-WM"]),
    ("version", ["1.2.3", "1.2.4"]),
    ("substance", ["heroin", "cocaine", "alcohol"] * 20),
    ("finding", ["positive", "negative"] * 20),
    ("time_of_day", ["12:30:45", "08:00:00"]),
    ("discharge_date", ["2026-01-05", "2026-02-07"]),
    ("quarter", ["2026Q3", "2026Q2"]),
    ("beck", [9.0, 34.5]),
    ("note_count", [3, 4]),
    ("address_stability", ["stable", "couch surfing"]),
    ("CityType", ["urban", "rural"]),
    ("photo_id_kind", ["passport", "state ID"]),
    ("zip_class", ["URBAN", "RURAL"]),
    ("zip3_area", ["787XX", "000"]),
    ("form_ver", ["2.1.0.0", "1.0.1.0"]),
    ("email_consent", ["yes", "no", "N/A", "unknown"]),
    ("init_score", [4, 9]),
    ("street_drugs", ["heroin", "none"]),
    (
        "house",
        [
            "Marie Center",
            "Thomas Wing",
            "Grace House",
            "Cedar Unit",
            "Cole Hall",
            "Lee House",
            "Ross Wing",
            "Ray Hall",
        ],
    ),
    ("payer", ["Kaiser HMO", "Aetna Better Health", "Tricare", "Molina Health Plan"]),
    ("nothing", pa.array([None, None], pa.string())),
    ("StreetHomeless", ["dependent", "independent"]),
    ("county_rurality", ["frontier", "metropolitan"]),
    ("drivers_license_valid", [0, 1]),
    ("recovery_residence", ["Oxford House", "Grace House"]),
    (
        "curriculum",
        [
            "Anger Management",
            "Beyond Trauma",
            "Early Recovery",
            "Living Sober",
            "Relapse Prevention",
            "Seeking Safety",
            "Coping Skills",
            "Healthy Habits",
        ]
        * 4,
    ),
]


@pytest.mark.parametrize(("name", "values"), PASSES)
def test_ordinary_columns_pass(name, values):
    assert found(name, values) == ""


@pytest.mark.parametrize(
    ("values", "what"),
    [
        (["2026-01-05", "2026-02-07"], "dates"),
        (["1/5/2026", "12/31/2025"], "dates"),
        (["5 Jan 2026", "07-Feb-26"], "dates"),
        ([20260105, 20260207], "dates"),
        (pa.array([20458], pa.date32()), "dates"),
        (["D2026_01_05", "D2026_02_07"], "dates"),
        (["05 01 2026", "07 02 2026"], "dates"),
        (["01/05", "12/31"], "dates"),
        (["Jan 5th", "Feb 07"], "dates"),
        (["01052026", "12312025"], "dates"),
        ([1052026, 12312025], "dates"),
        ([202601, 202602], "dates"),
        (["2026-W05", "2026W06"], "weeks of a year"),
        (["January", "March"], "months of a year"),
        (["Jan-26", "Feb-26"], "dates"),
        (["3Q26", "FY26Q1", "2026 Qtr 3"], "quarters of a year"),
        (["2026-01", "2026-02"], "months of a year"),
        (["March 2026"], "months of a year"),
        (["2026Q3", "Q1 2026"], "quarters of a year"),
    ],
)
def test_dates_and_quarters_count_only_under_safe_harbor(values, what):
    assert found("x", values, basis="safe_harbor") == what
    for basis in ("limited_data_set", "expert_determination", "own_operations", "synthetic"):
        assert found("x", values, basis=basis) == ""


def test_the_beginning_of_a_hash_is_noticed_under_safe_harbor():
    texts = ["".join(RNG.choice(list("0123456789abcdef"), 10)) for _ in range(ROWS)]
    assert found("client_id", texts, basis="safe_harbor").startswith("hashes, which")
    assert found("client_id", [text.upper() for text in texts], basis="safe_harbor").startswith(
        "hashes, which"
    )
    for code in ("c{:07d}", "{:08d}", "2026A{:04d}", "S03-{:04d}"):
        assert found("client_id", [code.format(number) for number in range(ROWS)], basis="safe_harbor") == ""


def test_seconds_since_1970_are_dates_in_a_column_with_gaps_too():
    assert found("created_ts", ["1677888000.0", None, "1705104000.0"], basis="safe_harbor") == "dates"


def test_years_and_study_days_pass_under_safe_harbor():
    assert found("dob_day_rel", [-18256, -7088], basis="safe_harbor") == ""
    assert found("year", ["2026", "2025"], basis="safe_harbor") == ""
    assert found("discharge_day", [0, 28, 30000], basis="safe_harbor", kind="day") == ""
    assert found("x", [20458, 20459], basis="safe_harbor") == ""
    assert found("x", [20458, 20459], basis="safe_harbor", kind="day") == "dates"
    assert found("visit_day", [45000, 45001], basis="safe_harbor") == "dates"
    assert found("quarter", [1, 2], basis="safe_harbor") == "quarters of a year"
    assert found("discharge_day", [20634, 20635], basis="safe_harbor", kind="day", date=True) == "dates"


def test_a_column_that_gives_only_declared_codes_passes():
    assert found("phone", ["6175550100"], kind="flag", closed=True) == ""


def test_age_is_known_by_its_role_and_its_unit():
    assert found("alter", [34, 95], kind="number", age=True) == "ages over 89"
    assert found("alter", [34, 95], kind="number", age=True, months=True) == ""


def test_allow_is_the_only_way_past_and_only_for_that_column():
    columns = {name: pa.chunked_array([pa.array(["111-22-3333"])]) for name in ("a", "b")}
    assert [finding.column for finding in scan(columns, basis="synthetic", allow=["a"])] == ["b"]


def test_every_kind_of_identifier_has_a_detector():
    # Letters of 45 CFR 164.514(b)(2)(i); E (fax) shares the detectors of D (telephone).
    assert {detector.kind[0] for detector in DETECTORS} == set("ABCDEFGHIJKLMNOPQR") - {"E"}


def test_names_are_read_in_any_style():
    assert [
        snake(name)
        for name in ("DateOfBirth", "Date of birth", "DATE_OF_BIRTH", "patientSSN", "zip-code", "Chart #")
    ] == [
        "date_of_birth",
        "date_of_birth",
        "date_of_birth",
        "patient_ssn",
        "zip_code",
        "chart_no",
    ]
