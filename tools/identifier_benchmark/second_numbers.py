"""Kinds of the second set that identify people by a number."""

from tools.identifier_benchmark import second_values as value
from tools.identifier_benchmark.draws import form
from tools.identifier_benchmark.kinds import Kind
from tools.identifier_benchmark.number_values import itin, ssn, vin
from tools.identifier_benchmark.second_values import around

_HEADED_MRN = (
    form("E$#######", "Z$######"),
    form("$#######", "00$#####"),
    form("###-##-$#"),
    form("$#####.0"),
    form("AMC-0#####", "SFH-0#####"),
    form("$########"),
)
NUMBERS = (
    Kind(
        "SSN with a header",
        "SOCIAL_SEC_NBR|dem_ssn_v2|cl_ss_no|Soc Sec #|SSNum_1|PersonSSN_ID|socsec_txt|Social|"
        "num_seguro_social",
        (
            ssn(""),
            ssn("-"),
            around(ssn(""), "'{}"),
            ssn(" "),
            around(value.shorn(ssn("")), "{}.0"),
            value.shorn(ssn("")),
        ),
        named=True,
    ),
    Kind(
        "SSN with separators", "govt_id|ID Number 2|alt_ident_v2", (ssn("-"), ssn(" "), ssn("-")), named=True
    ),
    Kind(
        "SSN with separators",
        "",
        (ssn("-"), ssn("."), around(ssn("-"), "SSN {}"), ssn(" - ")),
        bare=4,
        named=True,
    ),
    Kind("SSN digits without a header", "", (ssn(""), around(ssn(""), "'{}")), bare=2),
    Kind("ITIN", "itin_nbr|taxpayer_id_v2|IRS_TIN", (itin("-"), itin(""), itin(" "))),
    Kind("ITIN", "", (itin("-"),), bare=1),
    Kind(
        "MRN with a header",
        "PAT_MRN_ID|dem_mrn_v2|cl_mrn_txt|HospNo|ChartID|MedRec|Enterprise MRN|unit_record_no|M R No.|"
        "PatientMRN_1|clinic_chart_nbr|medrecnum|MR Nbr|epic_mrn",
        _HEADED_MRN,
        named=True,
    ),
    Kind("master patient index", "EMPI|mpi_nbr|EPI_ID", (form("1#########"), form("E$#######"))),
    Kind(
        "patient account",
        "PAT_ENC_CSN_ID|HAR_ACCT|FIN_NBR|PatAcctNo_1|Guar Acct",
        (form("1########"), form("6########"), form("$#######"), form("V0001#######")),
    ),
    Kind(
        "court case number",
        "case_no_ct|Docket #|cause_no|CourtCaseNbr|CaseFileNo",
        (
            form("CR-2022-00####", "CR-2023-00####", "CR-2024-00####"),
            form("22-CF-00####", "24-CF-00####"),
            form("D-1-DC-23-90####", "D-1-DC-24-90####"),
            form("23CR0####", "24CRB0####"),
        ),
    ),
    Kind(
        "Medicaid id",
        "MEDICAID_RECIP_NBR|cl_mcaid_1|CIN|AHCCCS ID|mhcp_pmi|T-19 No|MassHealthID|dem_medicaid_txt|"
        "Title XIX #",
        (
            form("5########"),
            form("$########0#"),
            form("@@$####@"),
            form("A$#######"),
            form("0#######"),
            form("$#########"),
        ),
    ),
    Kind(
        "Medicare id",
        "MBI_NBR|mcare_id_v2|Medicare Beneficiary Identifier|HIC_no_1|cl_mcare_txt|RRB Claim No",
        (
            form("$@&#@&#@@##"),
            form("$@&# @&# @@##"),
            form("$@&#-@&#-@@##"),
            around(ssn(""), "{}A", "{}B", "{}C1"),
            around(ssn("-"), "{}A", "{}D"),
            around(ssn(""), "WA{}", "A{}"),
        ),
    ),
    Kind("Medicare id", "", (form("$@&#@&#@@##"),), bare=2),
    Kind(
        "subscriber or policy id",
        "SUBSCR_NUM|cl_ins_id_1|PrimaryPolicyNbr|Cert/Member #|CVG_MEM_NBR|health_plan_id_txt|rx_member_no|"
        "Ins ID (primary)",
        (
            form("ABC$########", "QMB$########"),
            form("W$########"),
            form("$########-01", "$########-02"),
            form("R$#######"),
            form("8084000#########"),
            form("U$####### 0$"),
        ),
    ),
    Kind(
        "inmate number",
        "CDCR #|Fed Register No|NYSID|pers_doc_id|BookingNum_1|Jacket #|TDCJ_no|SO Number",
        (
            form("@@####", "V#####"),
            form("$####-0##"),
            form("0#######@"),
            form("$#####"),
            form("202200####", "202400####"),
            form("J-#####"),
        ),
    ),
    Kind(
        "driver license",
        "Operator Lic #|DL_NBR|cl_dl_1|DriversLicenceNo|DMV ID No|lic_no_driver",
        (
            form("@###-###-##-###-0"),
            form("@###-####-####-##"),
            form("TX $#######", "OH @@######"),
            form("WDL@@&##&&&@"),
            form("$########"),
        ),
    ),
    Kind(
        "passport or alien number",
        "passport_nbr|Alien #|A-Number|USCIS_no|EDIPI_no|tribal_enroll_no",
        (
            form("$########", "@########"),
            form("A0########"),
            form("A2##-###-###"),
            form("0########"),
            form("1#########"),
            form("U0#####"),
        ),
    ),
    Kind(
        "license plate", "TagNbr|veh_plate_v2|License Plate State/No|LPN", (form("@@@####"), form("#@@@###"))
    ),
    Kind("vehicle number", "VIN_NBR|vehicle_ident_1", (vin,)),
    Kind("vehicle number", "", (vin,), bare=1),
    Kind(
        "card number",
        "PAN_pymt|pymt_card_nbr|card_on_file_no|Visa/MC #|CC_NUM_v2",
        (
            value.checked("51#############", "2221###########"),
            value.spaced(value.checked("37############"), " ", 4, 6, 5),
            value.spaced(value.checked("6011###########"), "-", 4, 4, 4, 4),
            value.checked("4##############"),
        ),
    ),
    Kind(
        "card number",
        "",
        (
            value.spaced(value.checked("37############"), " ", 4, 6, 5),
            value.checked("6011###########", "55#############"),
            value.spaced(value.checked("4##############"), ".", 4, 4, 4, 4),
        ),
        bare=3,
    ),
    Kind(
        "bank account",
        "ach_acct|DirectDep Acct|IBAN|chk_acct_no|BankAcct_1",
        (
            form("$########"),
            form("0##0#####-$#######"),
            form("DE$# ##00 #### #### #### ##", "GB$# ABCD #### #### #### ##"),
            form("000$######"),
        ),
    ),
    Kind(
        "device number",
        "pump_serial_v2|CGM_SN|pacemaker_ser_no|GPS Ankle SN|soberlink_sn|ICCID|bt_mac|AndroidAdvId",
        (
            form("PMP-$#####-@"),
            form("SM$#######"),
            form("RNB######H"),
            form("GPS0#####"),
            form("SL2-~~~~~~"),
            value.checked("890141##############"),
            form("~0:1~:~~:~~:~~:~~"),
            form("~~~~~~~~-~~~~-4~~~-a~~~-~~~~~~~~~~~~"),
        ),
    ),
    Kind("device number", "", (form("001~.~~~~.~~~~"), value.checked("86############")), bare=2),
)
