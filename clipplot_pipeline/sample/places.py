"""Places and people of the sample collection: real cities, invented makers.

Here: tables of words. Not here: how a row is put together (`table`).
"""

# city: language of its descriptions, latitude, longitude (degrees, WGS 84, rounded)
CITIES: dict[str, tuple[str, float, float]] = {
    "Barcelona": ("es", 41.39, 2.17),
    "Basel": ("de", 47.56, 7.59),
    "Berlin": ("de", 52.52, 13.40),
    "Bristol": ("en", 51.45, -2.59),
    "Brno": ("cs", 49.20, 16.61),
    "Buenos Aires": ("es", -34.60, -58.38),
    "Chartres": ("fr", 48.45, 1.49),
    "Córdoba": ("es", 37.89, -4.78),
    "Dunedin": ("en", -45.87, 170.50),
    "Edinburgh": ("en", 55.95, -3.19),
    "Fès": ("fr", 34.03, -5.00),
    "Gdańsk": ("pl", 54.35, 18.65),
    "Genève": ("fr", 46.20, 6.15),
    "Granada": ("es", 37.18, -3.60),
    "Greenwich": ("en", 51.48, 0.00),
    "Inverness": ("en", 57.48, -4.22),
    "Isfahan": ("en", 32.65, 51.67),
    "İstanbul": ("en", 41.01, 28.98),
    "Jena": ("de", 50.93, 11.59),
    "Kanazawa": ("en", 36.56, 136.66),
    "Kraków": ("pl", 50.06, 19.94),
    "Kyoto": ("en", 35.01, 135.77),
    "León": ("es", 42.60, -5.57),
    "Lima": ("es", -12.05, -77.04),
    "Limoges": ("fr", 45.83, 1.26),
    "Lyon": ("fr", 45.76, 4.84),
    "Łódź": ("pl", 51.76, 19.46),
    "Marseille": ("fr", 43.30, 5.37),
    "Mexico City": ("es", 19.43, -99.13),
    "München": ("de", 48.14, 11.58),
    "Nagasaki": ("en", 32.75, 129.88),
    "Oaxaca": ("es", 17.07, -96.72),
    "Olomouc": ("cs", 49.59, 17.25),
    "Paris": ("fr", 48.86, 2.35),
    "Plzeň": ("cs", 49.75, 13.38),
    "Praha": ("cs", 50.08, 14.44),
    "Quito": ("es", -0.18, -78.47),
    "Reykjavík": ("en", 64.15, -21.94),
    "Saint-Malo": ("fr", 48.65, -2.03),
    "Samarqand": ("en", 39.65, 66.96),
    "San Francisco": ("en", 37.77, -122.42),
    "Santiago": ("es", -33.45, -70.67),
    "Stuttgart": ("de", 48.78, 9.18),
    "Sydney": ("en", -33.87, 151.21),
    "Toruń": ("pl", 53.01, 18.60),
    "Tromsø": ("en", 69.65, 18.96),
    "Warszawa": ("pl", 52.23, 21.01),
    "Weimar": ("de", 50.98, 11.33),
    "Wien": ("de", 48.21, 16.37),
    "Wrocław": ("pl", 51.11, 17.04),
    "Zakopane": ("pl", 49.30, 19.95),
    "Zürich": ("de", 47.37, 8.54),
}

# invented, by language
MAKERS: dict[str, tuple[str, ...]] = {
    "en": (
        "Siân O'Rourke",
        "Winifred Ashgrove",
        'Thomas "Tam" Kilbride',
        "Harriet Fenwick-Lowe",
        "Ishbel Drummond",
        "Edmund Thackwray",
    ),
    "fr": (
        "Françoise d'Aubépine",
        "Théodore Lefèvre-Noël",
        "Héloïse Bœuf",
        'Émile "le Borgne" Garçon',
        "Zoé Châtelain",
        "Anaïs L'Hermite",
    ),
    "de": (
        "Jürgen Weißenfels",
        "Käthe Brömmel",
        "Änne Süßmilch",
        'Wolfram "Wolf" Große-Möhring',
        "Lotte Überacker",
        "Friedrich Nußdorfer",
    ),
    "es": (
        "Íñigo Ñíguez",
        "María José Peñalver",
        'Raúl "el Búho" Ibáñez',
        "Begoña Güell y Ortúzar",
        "Joaquín Zúñiga",
        "Inés Castañeda",
    ),
    "pl": (
        "Łucja Wiśniewska-Żak",
        "Stanisław Źródłowski",
        'Jadwiga "Jaga" Kądziołka',
        "Bożena Świętojańska",
        "Michał Gęsicki",
        "Zdzisława Ćwiek",
    ),
    "cs": (
        'Zdeněk "Mráz" Hořejší',
        "Božena Řeháčková",
        "Jiří Šťastný",
        "Květa Žďárská",
        "Oldřich Čapůrka",
        "Růžena Ďurková",
    ),
}

# {title}, {technique}, {motif}, {number}, {place}; two wordings a language
WORDINGS: dict[str, tuple[str, str]] = {
    "en": (
        'Study no. {number}, "{title}": {motif}; {technique}.',
        "{title}. {technique}, sheet {number} of the portfolio; the corners rubbed, else fine.",
    ),
    "fr": (
        'Étude n° {number}, "{title}" ; {technique}, légèrement tachée.',
        "« {title} », {technique}. Déposé à la bibliothèque, boîte {number} ; œuvre signée.",
    ),
    "de": (
        "„{title}“, Blatt {number}: {technique}, an den Rändern gebräunt.",
        "{title} ({technique}); aus dem Nachlaß, Mappe {number}, größtenteils unbeschädigt.",
    ),
    "es": (
        '«{title}», lámina {number}; {technique}. ¿Obra "de taller"?',
        "{title}: {technique}, número {number} de la colección; señales de humedad.",
    ),
    "pl": (
        "„{title}”, plansza {number}; {technique}, drobne zażółcenia.",
        "{title} – {technique}. Teka {number}, własność prywatna, źródło nieznane.",
    ),
    "cs": (
        "„{title}“, list {number}; {technique}, okraje zažloutlé.",
        '{title}: {technique}. Složka {number}, přírůstek z pozůstalosti, označeno "nevystavovat".',
    ),
}
# how a description ends where the place is known
AT_PLACE = {
    "en": " Made in {place}.",
    "fr": " Lieu : {place}.",
    "de": " Ort: {place}.",
    "es": " Lugar: {place}.",
    "pl": " Miejsce: {place}.",
    "cs": " Místo: {place}.",
}
