//! What does a rule say that a value broke?

use crate::errors::Lang;
use crate::values::Rule;

pub(super) fn text(rule: Rule, lang: Lang) -> String {
    match rule {
        Rule::Pan => say!(
            lang,
            "16 ta raqam, satrda.",
            "16 цифр, в строке.",
            "16 digits, in a string."
        ),
        Rule::ExpiryYymm => say!(
            lang,
            "YYMM: yilning ikki raqami, so‘ng oy; satrda.",
            "YYMM: две цифры года, затем месяц; в строке.",
            "YYMM: two digits of the year, then the month; in a string."
        ),
        Rule::ExpiryMmyy => say!(
            lang,
            "MMYY: oy, so‘ng yilning ikki raqami; satrda.",
            "MMYY: месяц, затем две цифры года; в строке.",
            "MMYY: the month, then two digits of the year; in a string."
        ),
        Rule::PhoneDigits | Rule::PhonePrefix => say!(
            lang,
            "998 va yana to‘qqizta raqam, satrda.",
            "998 и ещё девять цифр, в строке.",
            "998 and nine more digits, in a string."
        ),
        Rule::Amount => say!(
            lang,
            "Noldan katta butun son, tiyinda; qo‘shtirnoqsiz, kasrsiz va darajasiz.",
            "Целое число тийинов больше нуля; без кавычек, дробной части и порядка.",
            "A whole number of tiyin above zero, without quotes, fraction or exponent."
        ),
        Rule::Uuid => say!(
            lang,
            "UUID, satrda.",
            "UUID, в строке.",
            "A UUID, in a string."
        ),
        Rule::Code => say!(
            lang,
            "6 ta raqam, satrda.",
            "6 цифр, в строке.",
            "6 digits, in a string."
        ),
        Rule::Network => say!(
            lang,
            "UZCARD yoki HUMO.",
            "UZCARD или HUMO.",
            "UZCARD or HUMO."
        ),
        Rule::Boolean => say!(
            lang,
            "true yoki false, qo‘shtirnoqsiz.",
            "true или false, без кавычек.",
            "true or false, without quotes."
        ),
        Rule::WholeNumber => say!(
            lang,
            "Butun son, qo‘shtirnoqsiz, kasrsiz va darajasiz.",
            "Целое число, без кавычек, дробной части и порядка.",
            "A whole number, without quotes, fraction or exponent."
        ),
        Rule::Text => say!(lang, "Satr.", "Строка.", "A string."),
        Rule::Terminal => say!(
            lang,
            "Boshqaruv belgilarisiz satr, 1 dan 64 gacha belgi.",
            "Строка без управляющих символов, от 1 до 64 знаков.",
            "A string of 1 to 64 characters, none of them a control character."
        ),
        Rule::ExtId => say!(
            lang,
            "A-Za-z0-9._:- dan 1 dan 64 gacha belgi, satrda.",
            "От 1 до 64 знаков из A-Za-z0-9._:-, в строке.",
            "1 to 64 of A-Za-z0-9._:-, in a string."
        ),
        Rule::NoCardNumber => say!(
            lang,
            "Karta raqami bu yerda qabul qilinmaydi: 13–19 raqamdan iborat, karta raqamiga o‘xshash qiymat yubormang.",
            "Номер карты здесь не принимается: не присылайте число из 13–19 цифр, похожее на номер карты.",
            "A card number is not accepted here: do not send a number of 13 to 19 digits that looks like one."
        ),
        Rule::Date => say!(
            lang,
            "Kalendar kuni, YYYY-MM-DD, satrda.",
            "День календаря, YYYY-MM-DD, в строке.",
            "A day of the calendar, YYYY-MM-DD, in a string."
        ),
        Rule::Moment => say!(
            lang,
            "Kalendar kuni, YYYY-MM-DD, satrda; yoki UNIX millisekundlari, 9999-yil oxirigacha, qo‘shtirnoqsiz.",
            "День календаря, YYYY-MM-DD, в строке; или миллисекунды UNIX до конца 9999 года, без кавычек.",
            "A day of the calendar, YYYY-MM-DD, in a string; or UNIX milliseconds up to the year 9999, without quotes."
        ),
        Rule::Choice => say!(
            lang,
            "Hujjatdagi ro‘yxatdan bitta so‘z, satrda.",
            "Одно из слов списка в справочнике, в строке.",
            "One of the words that the reference lists, in a string."
        ),
        Rule::Cursor => say!(
            lang,
            "Oldingi sahifaning next qiymati, o‘zgarishsiz, satrda.",
            "Значение next предыдущей страницы без изменений, в строке.",
            "The next of the page before, unchanged, in a string."
        ),
        Rule::Range { least, greatest } => say!(
            lang,
            "{least} dan {greatest} gacha butun son, qo‘shtirnoqsiz.",
            "Целое число от {least} до {greatest}, без кавычек.",
            "A whole number from {least} to {greatest}, without quotes."
        ),
        Rule::Tokens => say!(
            lang,
            "1 dan 20 gacha token ro‘yxati, satrlarda.",
            "Список от 1 до 20 токенов, в строках.",
            "A list of 1 to 20 tokens, in strings."
        ),
        Rule::Object => say!(
            lang,
            "A’zolari hujjatda keltirilgan obyekt.",
            "Объект с полями, перечисленными в справочнике.",
            "An object with the members that the reference lists."
        ),
        Rule::PersonName => say!(
            lang,
            "Hujjatdagi ism: 1 dan 50 gacha lotin yoki kirill harfi; birinchisidan keyin apostrof, defis va bo‘sh joy bo‘lishi mumkin.",
            "Имя как в документе: от 1 до 50 латинских или кириллических букв, после первой — также апострофы, дефисы и пробелы.",
            "A name as in the document: 1 to 50 Latin or Cyrillic letters; after the first also apostrophes, hyphens and blanks."
        ),
        Rule::PastDay => say!(
            lang,
            "Bugundan oldingi kalendar kuni, YYYY-MM-DD.",
            "День календаря раньше сегодняшнего, YYYY-MM-DD.",
            "A day of the calendar before today, YYYY-MM-DD."
        ),
        Rule::Pinfl => say!(
            lang,
            "JSHSHIR: satrda 14 raqam; birinchi yettitasi birthDate ga mos kelishi kerak.",
            "ПИНФЛ: 14 цифр в строке; первые семь должны соответствовать birthDate.",
            "A PINFL: 14 digits in a string, of which the first seven agree with birthDate."
        ),
        Rule::ThreeDigits => say!(
            lang,
            "Satrda 3 raqam.",
            "3 цифры в строке.",
            "3 digits in a string."
        ),
        Rule::DocumentNumber => say!(
            lang,
            "Hujjat seriyasi va raqami bo‘sh joysiz, A-Z va 0-9, 4 dan 20 gacha belgi, kamida bitta raqam; fuqaroligi 860 bo‘lsa, 2 harf va 7 raqam.",
            "Серия и номер документа без пробелов, A-Z и 0-9, от 4 до 20 знаков, хотя бы одна цифра; при гражданстве 860 — 2 буквы и 7 цифр.",
            "Series and number of the document without blanks, A-Z and 0-9, 4 to 20 characters, at least one of them a digit; with the nationality 860, 2 letters and 7 digits."
        ),
        Rule::DocumentSeries => say!(
            lang,
            "HUMO kartasiga o‘tkazmada hujjat seriyasi A-Z harflaridan boshlanadi, keyin raqami.",
            "Для перевода на карту HUMO документ начинается с серии из букв A-Z, затем номер.",
            "For a transfer to a card of HUMO the document begins with a series of letters A-Z, then its number."
        ),
        Rule::ComingDay => say!(
            lang,
            "Bugungi yoki undan keyingi kalendar kuni, YYYY-MM-DD.",
            "Сегодняшний или более поздний день календаря, YYYY-MM-DD.",
            "Today or a later day of the calendar, YYYY-MM-DD."
        ),
    }
}
