"""Kinds of columns that identify people by a number."""

from tools.identifier_benchmark import number_values as number
from tools.identifier_benchmark.contact_values import MAC
from tools.identifier_benchmark.draws import mixed
from tools.identifier_benchmark.kinds import Kind

NUMBERS = (
    Kind(
        "SSN with a header",
        "SS#|SSN|soc_sec_no|pt_ssn|SocSecNum|ss_nbr|SSNO",
        (number.ssn(""), number.ssn("-")),
        named=True,
    ),
    Kind("SSN with separators", "id_2|TaxID", (number.ssn("-"), number.ssn(" ")), bare=5, named=True),
    Kind("SSN digits without a header", "", (number.ssn(""),), bare=4),
    Kind("ITIN", "ITIN|tax_no|TIN", (number.itin("-"), number.itin("")), bare=3),
    Kind(
        "MRN with a header",
        "MRN|MRN_text|med_rec_no|Chart #|pt_mrn|MedicalRecordNumber|chart_no|EHR_MRN|"
        "MR#|mrn2|MedRecNbr|hosp_mrn|Chart Number",
        tuple(number.MRN.values()),
        named=True,
    ),
    Kind(
        "Medicaid id",
        "Medicaid|MedicaidID|MA #|mcaid_no|medi_cal_id|Medicaid Number|MCD_ID|recipient_id|T19 ID",
        tuple(number.MEDICAID.values()),
    ),
    Kind(
        "Medicare id",
        "Medicare|MBI|HICN|medicare_no|MCR_ID|Medicare Number",
        (number.MEDICARE, number.MEDICARE_DASHES),
        bare=4,
    ),
    Kind(
        "subscriber or policy id",
        "Subscriber|PolicyNo|member_id|ins_id_1|Policy #|SubscriberID|"
        "GroupMemberNo|insured_id|plan_member_nbr|CardholderID",
        tuple(number.POLICY.values()),
    ),
    Kind(
        "inmate number",
        "DOC #|Inmate #|doc_num|SID|Booking No|offender_id|DOCNo|jail_id",
        tuple(number.PRISON.values()),
    ),
    Kind(
        "driver license",
        "DL#|DriverLic|state_id_no|OLN|drivers_license|DLNum",
        tuple(number.LICENSE.values()),
    ),
    Kind("license plate", "Lic Plate|Tag #|plate_no|VehPlate|license_tag", tuple(number.PLATE.values())),
    Kind("vehicle number", "VIN|veh_id|VehicleIdNo|car_vin", (number.vin,), bare=2),
    Kind(
        "card number",
        "CC#|card_no|CreditCard|pmt_card|CardNum",
        (number.card(""), number.card(" "), number.card("-"), number.card("", "52##")),
        bare=4,
    ),
    Kind(
        "bank account",
        "Acct #|bank_acct|AccountNumber|routing_acct|billing_acct_no|PtAcct",
        tuple(number.ACCOUNT.values()),
    ),
    Kind(
        "device number",
        "Pump SN|device_serial|UDI|MAC_addr|IMEI|implant_sn|scram_device|DevID",
        (
            number.DEVICE["pump"],
            number.DEVICE["serial"],
            number.DEVICE["identifier"],
            MAC,
            number.imei,
            number.DEVICE["plain"],
        ),
    ),
    Kind("device number", "", (mixed(MAC), number.imei), bare=2),
)
