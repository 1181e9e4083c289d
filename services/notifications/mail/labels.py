"""What codes of the wire are called in German."""

CATEGORIES = {
    "operations": "Betriebsführung",
    "personnel": "Personal",
    "finance": "Finanzen",
    "registration": "Meldeportal",
    "documents": "Dokumentenmanagement",
    "real_estate": "Liegenschafts- und Gebäudemanagement",
    "council": "Digitale Ratsarbeit",
    "hardware": "Hardware",
    "hotline_115": "Behördennummer 115",
    "de_mail": "De-Mail",
    "cloud": "Cloud",
}
ROLES = {
    "it": "IT",
    "finance": "Finanzen",
    "management": "Leitung",
    "data_protection": "Datenschutz",
}
SERVICES = {
    "membership": "Mitgliedschaft",
    "demand": "Bedarf",
    "procurement": "Beschaffung",
    "notifications": "Benachrichtigung",
}
CHANGES = {
    "subscribed": "bestellt",
    "rollout": "wird eingeführt",
    "running": "in Betrieb",
    "users": "andere Nutzerzahl",
    "notice": "gekündigt",
}
MONTHS = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
]
PROCEDURES = {
    "direct": ("Direktauftrag", "§ 14 UVgO"),
    "restricted": (
        "Beschränkte Ausschreibung oder Verhandlungsvergabe ohne Teilnahmewettbewerb",
        "§ 8 Abs. 3, 4 UVgO",
    ),
    "public": (
        "Öffentliche Ausschreibung oder Beschränkte Ausschreibung mit Teilnahmewettbewerb",
        "§ 8 Abs. 2 UVgO",
    ),
    "eu": ("Offenes oder nicht offenes Verfahren, EU-weit", "§ 119 GWB, § 14 VgV"),
}
STEPS = {
    "council_resolution": "der Beschluss des zuständigen Gremiums",
    "supervisory_consent": "die Zustimmung der Kommunalaufsicht",
    "declaration": "die Beitrittserklärung",
}
SHARE_CHANGES = {
    "stated": "Neue Anzahl der Geschäftsanteile",
    "subscribed": "Beteiligung mit weiteren Geschäftsanteilen (§ 15b GenG)",
    "returned": "Kündigung einzelner Geschäftsanteile (§ 67b GenG)",
    "corrected": "Berichtigung einer Eintragung",
}
UNITS = {
    "C62": ("Stück", "Stück"),
    "MON": ("Monat", "Monate"),
    "ANN": ("Jahr", "Jahre"),
    "HUR": ("Stunde", "Stunden"),
    "DAY": ("Tag", "Tage"),
}
