"""Kinds of columns that identify people: names, contacts, places and dates."""

from tools.identifier_benchmark import contact_values as contact
from tools.identifier_benchmark import date_values as date
from tools.identifier_benchmark import derived_values as derived
from tools.identifier_benchmark import note_values as note
from tools.identifier_benchmark import person_names as person
from tools.identifier_benchmark.contact_values import PHONE
from tools.identifier_benchmark.draws import form, mixed
from tools.identifier_benchmark.kinds import Kind

_FULL_NAMES = (
    person.FIRST_LAST,
    person.LAST_FIRST,
    person.upper(person.LAST_FIRST),
    person.TITLED,
    person.FIRST_MID_LAST,
    person.LAST_FIRST_MID,
    person.upper(person.FIRST_LAST),
    mixed(person.FIRST_LAST, person.LAST_FIRST, person.SUFFIXED),
)
_BIRTH_DATES = tuple(
    date.dated(style, born=True)
    for style in (
        date.US_DATE,
        date.ISO,
        date.US_PADDED,
        date.TEXTUAL,
        date.SAS,
        date.STAMP,
        date.DASHES,
        date.US_SHORT,
    )
)
_DATES = tuple(
    date.dated(style)
    for style in (
        date.US_DATE,
        date.ISO,
        date.ISO_TIME,
        date.LONG,
        date.DAY_FIRST,
        date.US_TIME,
        date.US_PADDED,
    )
)
_BARE_DATES = tuple(
    date.dated(style) for style in (date.ISO, date.US_DATE, date.TEXTUAL, date.DOTS, date.SAS, date.US_SHORT)
)

NAMES = (
    Kind(
        "full name",
        "PatientName|Name (Last, First)|Client Name|full_nm|pt_name|ClientFullName|MemberName|"
        "guarantor_nm|NAME1|participant|LastFirst|consumer_nm|pat_nm|Clt Name|Resident|subject_name|"
        "Responsible Party|PtNm",
        _FULL_NAMES,
        bare=8,
        named=True,
    ),
    Kind(
        "single name",
        "LName|FirstName|pt_last_nm|fname|Last|First|maiden_nm|GivenNm|surname2|PreferredName|"
        "mother_maiden|nick_name|AKA|alias_1",
        (
            person.LAST,
            person.FIRST,
            person.LAST,
            person.upper(person.FIRST),
            person.upper(person.LAST),
            person.FIRST,
        ),
        bare=3,
    ),
    Kind("initials", "initials|pt_init|Init|client_inits", tuple(derived.INITIALS.values()), bare=2),
    Kind(
        "handle",
        "IG handle|snapchat|FBname|twitter_acct|screen_nm|cash_app|discord_user",
        (contact.handle,),
        bare=2,
    ),
    Kind(
        "emergency contact",
        "EmergContact|ICE1|Next of Kin|NOK_name|guardian|emer_cont_1|Collateral Contact|CaregiverInfo",
        (note.emergency,),
        bare=2,
    ),
    Kind(
        "employer", "Employer|employer_nm|Place of Work|WorkAt|emp_company|EmplName", (note.employer,), bare=1
    ),
)

CONTACTS = (
    Kind(
        "phone, 10 digits",
        "HomePh|Cell|pt_phone|Phone1|mobile_no|WorkTel|HmPhn|contact_tel|PhoneNumber|TEL_2|Cell #|Ph",
        tuple(PHONE.values()),
        named=True,
    ),
    Kind(
        "phone, 10 digits",
        "",
        (
            PHONE["dashes"],
            PHONE["parentheses"],
            PHONE["digits"],
            PHONE["dots"],
            PHONE["plus"],
            PHONE["typed"],
        ),
        bare=6,
        named=True,
    ),
    Kind(
        "phone, 7 digits",
        "Phone|hm_ph|cell_local|LocalTel|msg_phone",
        tuple(contact.PHONE_7.values()),
        bare=1,
    ),
    Kind("fax", "Fax|fax_no|FaxNbr|home_fax", (PHONE["dashes"], PHONE["parentheses"]), named=True),
    Kind(
        "e-mail address",
        "ContactEmail|email|e_mail_addr|pt_email|EMAIL1|PersonalEml|mail_addr_elec|E-mail|portal_login",
        (contact.email,),
        bare=4,
        named=True,
    ),
    Kind("web address", "URL|website|fb_link|LinkedIn|profile_page|portal_url", (contact.url,), bare=3),
    Kind(
        "IP address",
        "IP|ip_addr|LoginIP|survey_ip|remote_host",
        (contact.IP4, contact.IP6, contact.IP4),
        bare=4,
    ),
)

PLACES = (
    Kind(
        "street address",
        "Address1|StreetAddr|home_address|addr_ln_1|pt_addr|Mailing Address|ADDR|ResAddress|"
        "street_1|PhysAddr|LegalAddr1",
        (contact.STREET, contact.ADDRESS, contact.STREET_PLAIN, person.upper(contact.STREET)),
        bare=5,
        named=True,
    ),
    Kind(
        "PO box or rural route", "MailAddr2|po_box|POBox|rural_addr", (contact.PO_BOX, contact.RURAL), bare=2
    ),
    Kind(
        "city",
        "City|pt_city|HomeCity|ResCity|town|city_of_res|BirthCity|addr_city",
        (contact.CITY, contact.CITY, contact.CITY_STATE),
        bare=2,
    ),
    Kind("ZIP, 5 digits", "zipcode5|ZIP|pt_zip|PostalCd|Zip Code|zip_1|HomeZip", (contact.ZIP5,)),
    Kind("ZIP, 9 digits", "zip9|ZipPlus4|postal_code|ZIP4", (contact.ZIP9,), bare=2),
    Kind(
        "county",
        "County|CountyOfRes|cnty|res_county|County Name|co_residence",
        (contact.COUNTY, contact.COUNTY_NAMED, contact.COUNTY_SHORT),
    ),
    Kind("county", "", (contact.COUNTY_NAMED,), bare=2),
)

DATES = (
    Kind(
        "date of birth",
        "PatientDOB|dob_1|DOB|BirthDate|birth_dt|Date of Birth|pt_dob|BDAY|born_on|DtOfBirth",
        _BIRTH_DATES,
        bare=4,
        named=True,
    ),
    Kind(
        "other full date",
        "AdmitDt|discharge_date|DOD|svc_date|Intake Date|DateOfDeath|LastContactDt|enroll_dt|date_2|DOS",
        _DATES,
        named=True,
    ),
    Kind("other full date", "", _BARE_DATES, bare=7, named=True),
    Kind(
        "compact date",
        "dob_yyyymmdd|AdmDate8|birthdate_num|dc_dt",
        (date.dated(date.COMPACT, born=True), date.dated(date.COMPACT)),
        named=True,
    ),
    Kind(
        "date as a serial number",
        "DOB_serial|admit_date_xl|BirthDt|DischDate",
        (date.dated("{excel}", born=True), date.dated("{excel}")),
    ),
    Kind(
        "month and year",
        "birth_month_yr|dob_my|AdmitMonth|birth_my",
        (
            date.dated("{d:%Y-%m}", born=True),
            date.dated("{mon} {d.year}", born=True),
            date.dated("{d:%m/%Y}"),
        ),
    ),
    Kind(
        "date inside text",
        "dc_note|last_use_text|appt_info|Court Info|relapse_desc",
        (note.NOTE_DATE, note.NOTE_LONG_DATE),
        bare=2,
    ),
    Kind(
        "age over 89 in words",
        "age_text|AgeWords|age_spoken|pt_age_str",
        (date.words_over_89("{}"), date.words_over_89("{} years old"), date.words_over_89("{} yrs")),
        bare=1,
    ),
    Kind(
        "age over 89",
        "age|AGE_YRS|pt_age|age_at_admit|AgeDC|current_age",
        (date.ages_over_89(), date.ages_over_89(" yrs"), date.ages_over_89("y")),
    ),
)

NOTES = (
    Kind(
        "note with a name",
        "Notes|case_note|comments|GroupNote|fu_comment|Remarks|staff_comment",
        (note.NOTE_NAME, note.NOTE_TITLE, note.NOTE_NAME, note.NOTE_FIRST),
        bare=2,
    ),
    Kind("note with a phone", "call_notes|locator_txt|Contact Notes|fu_note2", (note.NOTE_PHONE,), bare=2),
    Kind("note with an e-mail address", "msg_note|portal_comment|other_contact", (note.NOTE_MAIL,), bare=1),
)

DERIVED = (
    Kind(
        "hash",
        "ssn_hash|mrn_sha|PtHash|hashed_id|enc_id|person_key|client_token",
        (derived.hashed("md5"), derived.hashed("sha1"), derived.hashed("sha256")),
        bare=3,
    ),
    Kind(
        "truncated hash",
        "hash8|link_key|anon_id|pt_key|short_hash|dedupe_key",
        (
            derived.hashed("sha256", 12),
            derived.hashed("md5", 8),
            derived.hashed("sha1", 10),
            derived.hashed("sha256", 16),
        ),
        bare=2,
    ),
    Kind(
        "id of initials and birth date",
        "client_code|UCI|unique_client_id|PtID|uid2|ConsumerKey|person_id|StateClientID",
        tuple(derived.BIRTH_ID.values()),
        bare=3,
    ),
    Kind(
        "id of name and number",
        "login|user_nm|ClientCode|short_id|pt_code|study_alias",
        tuple(derived.NAME_ID.values()),
        bare=2,
    ),
    Kind("last four digits", "ssn_last4|Last 4|L4SSN|last_four|SSN4|ss_l4", (form("####"),)),
    Kind(
        "biometric file",
        "fingerprint|iris_scan|voiceprint|biometric_file|FPimage",
        tuple(derived.BIOMETRIC.values()),
        bare=1,
    ),
    Kind(
        "photo",
        "PhotoPath|ID Photo|face_img|photo_file|PtPicture|image_1",
        tuple(derived.PHOTO.values()),
        bare=2,
    ),
)
