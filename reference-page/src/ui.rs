//! The words of the page itself: headings, labels, buttons.

use crate::text::{Text, text};

pub(crate) const TITLE: Text = text!(
    "AloqaGateway: reference",
    "AloqaGateway: справочник",
    "AloqaGateway: ma’lumotnoma"
);
pub(crate) const LEAD: Text = text!(
    "One JSON-RPC endpoint for the card networks UZCARD and HUMO: attach a card, debit it, hold and charge, give money back, transfer from card to card, read the history.",
    "Один JSON-RPC адрес для карточных сетей UZCARD и HUMO: привязать карту, списать, захолдировать и списать, вернуть деньги, перевести с карты на карту, прочитать историю.",
    "UZCARD va HUMO karta tarmoqlari uchun bitta JSON-RPC manzil: kartani biriktirish, pul yechish, ushlab turish va yechish, pulni qaytarish, kartadan kartaga o‘tkazish, tarixni o‘qish.",
);
pub(crate) const FOR_PROGRAMS: Text =
    text!("OpenRPC document", "Документ OpenRPC", "OpenRPC hujjati");
pub(crate) const SKIP: Text = text!(
    "Skip to the content",
    "Перейти к содержанию",
    "Mazmunga o‘tish"
);
pub(crate) const CONTENTS: Text = text!("Contents", "Содержание", "Mundarija");
pub(crate) const PAGE_LANGUAGE: Text =
    text!("Language of the page", "Язык страницы", "Sahifa tili");
pub(crate) const SAMPLES_IN: Text = text!("Samples in", "Примеры на", "Namunalar tili");
pub(crate) const REPLIES_AS: Text = text!("Replies as", "Ответы в виде", "Javoblar shakli");
pub(crate) const DOCUMENTED: Text = text!("documented", "документированный", "hujjatdagi");
pub(crate) const THEME: Text = text!(
    "Dark or light",
    "Тёмная или светлая",
    "Qorong‘i yoki yorug‘"
);
pub(crate) const COPY: Text = text!("Copy", "Копировать", "Nusxa olish");
pub(crate) const COPIED: Text = text!("Copied", "Скопировано", "Nusxa olindi");
pub(crate) const SELECTED: Text = text!(
    "Selected: press Ctrl+C",
    "Выделено: нажмите Ctrl+C",
    "Belgilandi: Ctrl+C ni bosing"
);

pub(crate) const START: Text = text!("Getting started", "Начало работы", "Ishni boshlash");
pub(crate) const START_SANDBOX: Text = text!(
    "Paste one of these into a shell. It attaches a test card, debits it with a code, holds money and charges the hold, and carries tokens and ids along in variables. Nothing but `curl` and `sed` is needed.",
    "Вставьте один из этих текстов в терминал. Он привязывает тестовую карту, списывает с кодом, холдирует деньги и списывает холд, а токены и номера переносит в переменных. Нужны только `curl` и `sed`.",
    "Bulardan birini terminalga qo‘ying. U sinov kartasini biriktiradi, kod bilan pul yechadi, pulni ushlab turadi va xolddan yechadi, token va raqamlarni o‘zgaruvchilarda olib boradi. Faqat `curl` va `sed` kerak.",
);
pub(crate) const START_PRODUCTION: Text = text!(
    "Fill in the first lines and paste the text into a shell. It attaches a card, debits it with a code, holds money and charges the hold, carries tokens and ids along in variables, and asks for each code. Real money moves.",
    "Заполните первые строки и вставьте текст в терминал. Он привязывает карту, списывает с кодом, холдирует деньги и списывает холд, токены и номера переносит в переменных и спрашивает каждый код. Движутся настоящие деньги.",
    "Birinchi qatorlarni to‘ldiring va matnni terminalga qo‘ying. U kartani biriktiradi, kod bilan pul yechadi, pulni ushlab turadi va xolddan yechadi, token va raqamlarni o‘zgaruvchilarda olib boradi va har bir kodni so‘raydi. Haqiqiy pul harakatlanadi.",
);
pub(crate) const STEPS: [Text; 4] = [
    text!(
        "**Attach**: `cards.add` sends a code to the card's phone, `cards.add-confirm` gives the token.",
        "**Привязка**: `cards.add` отправляет код на телефон карты, `cards.add-confirm` даёт токен.",
        "**Biriktirish**: `cards.add` karta telefoniga kod yuboradi, `cards.add-confirm` token beradi.",
    ),
    text!(
        "**Debit with a code**: `transactions.debit` with `force_sms_confirmation`, then `transactions.debit.confirm`.",
        "**Списание с кодом**: `transactions.debit` с `force_sms_confirmation`, затем `transactions.debit.confirm`.",
        "**Kod bilan yechish**: `force_sms_confirmation` bilan `transactions.debit`, keyin `transactions.debit.confirm`.",
    ),
    text!(
        "**Hold**: `transactions.debit` with `is_hold`.",
        "**Холд**: `transactions.debit` с `is_hold`.",
        "**Xold**: `is_hold` bilan `transactions.debit`.",
    ),
    text!(
        "**Charge**: `transactions.debit.hold.charge`; `transactions.get` shows `succeeded`.",
        "**Списание холда**: `transactions.debit.hold.charge`; `transactions.get` показывает `succeeded`.",
        "**Xolddan yechish**: `transactions.debit.hold.charge`; `transactions.get` `succeeded` ni ko‘rsatadi.",
    ),
];
pub(crate) const PASTE: Text = text!(
    "Paste into a shell",
    "Вставьте в терминал",
    "Terminalga qo‘ying"
);
pub(crate) const VARIABLES_STAY: Text = text!(
    "Afterwards `TOKEN` and `TRANSACTION_ID` stay set, so that the samples further down run in the same shell as they are.",
    "После этого `TOKEN` и `TRANSACTION_ID` остаются заданными, и примеры ниже работают в том же терминале как есть.",
    "Shundan keyin `TOKEN` va `TRANSACTION_ID` o‘rnatilgan holda qoladi, quyidagi namunalar shu terminalda o‘zgarishsiz ishlaydi.",
);

pub(crate) const GUIDES: Text = text!("Guides", "Руководства", "Qo‘llanmalar");
pub(crate) const SANDBOX: Text = text!("Sandbox", "Песочница", "Sinov muhiti");
pub(crate) const GROUPS: [(&str, Text); 4] = [
    ("cards.", text!("Cards", "Карты", "Kartalar")),
    ("transactions.", text!("Payments", "Платежи", "To‘lovlar")),
    ("p2p.", text!("Transfers", "Переводы", "O‘tkazmalar")),
    (
        "",
        text!("History and more", "История и прочее", "Tarix va boshqalar"),
    ),
];
pub(crate) const REFERENCE: Text = text!("Tables", "Таблицы", "Jadvallar");

pub(crate) const PARAMS: Text = text!("Params", "Параметры", "Parametrlar");
pub(crate) const NO_PARAMS: Text = text!(
    "None. `{}`, `[]` and nothing at all are accepted.",
    "Нет. Принимаются `{}`, `[]` и отсутствие.",
    "Yo‘q. `{}`, `[]` va umuman bermaslik ham qabul qilinadi."
);
pub(crate) const MEANING: Text = text!("Meaning", "Значение", "Ma’nosi");
pub(crate) const REQUIRED: Text = text!("required", "обязателен", "majburiy");
pub(crate) const OPTIONAL: Text = text!("optional", "необязателен", "ixtiyoriy");
pub(crate) const SENSITIVE: Text = text!(
    "sensitive: never log it",
    "секретен: не пишите в журнал",
    "maxfiy: jurnalga yozmang"
);
pub(crate) const MEMBERS_AT: Text = text!(
    "Its members stand at",
    "Его поля — в методе",
    "A’zolari shu metodda:"
);
pub(crate) const OR_NAMED: Text = text!("or named", "или под именем", "yoki nomi");
pub(crate) const EXAMPLE: Text = text!("Example:", "Пример:", "Namuna:");
pub(crate) const RESULT_MEMBERS: Text = text!(
    "Members of the result",
    "Члены результата",
    "Natija a’zolari"
);
pub(crate) const MEMBER: Text = text!("Member", "Член", "A’zo");
pub(crate) const TYPE: Text = text!("Type", "Тип", "Tur");
pub(crate) const ERRORS_OF: Text = text!("Errors", "Ошибки", "Xatolar");
pub(crate) const BESIDES_COMMON: Text = text!(
    "besides those of every method",
    "кроме общих для всех методов",
    "barcha metodlarga xos xatolardan tashqari"
);
pub(crate) const EVERY_METHOD: Text = text!(
    "Errors of every method",
    "Ошибки всех методов",
    "Barcha metodlarning xatolari"
);
pub(crate) const CODE: Text = text!("Code", "Код", "Kod");
pub(crate) const CAUSE: Text = text!(
    "Cause and what to do",
    "Причина и что делать",
    "Sababi va nima qilish kerak"
);
pub(crate) const BEFORE: Text = text!("Status before", "Статус до", "Oldingi holat");
pub(crate) const AFTER: Text = text!("Status after", "Статус после", "Keyingi holat");
pub(crate) const EFFECTS: Text = text!("Side effects", "Побочные действия", "Yon ta’sirlar");
pub(crate) const NEXT: Text = text!("What next", "Что дальше", "Keyin nima");
pub(crate) const ANY: Text = text!("none needed", "не нужен", "kerak emas");
pub(crate) const UNCHANGED: Text = text!(
    "no transaction changes",
    "транзакции не меняются",
    "tranzaksiyalar o‘zgarmaydi"
);
pub(crate) const REPLY: Text = text!("Reply", "Ответ", "Javob");
pub(crate) const REQUEST: Text = text!("Request", "Запрос", "So‘rov");
pub(crate) const TRY: Text = text!("Try it", "Попробовать", "Sinab ko‘rish");

pub(crate) const ERRORS: Text = text!("All errors", "Все ошибки", "Barcha xatolar");
pub(crate) const SEARCH: Text = text!("Search errors", "Поиск ошибок", "Xatolarni qidirish");
pub(crate) const SEARCH_HINT: Text = text!(
    "code, name or word; press / to come here",
    "код, имя или слово; клавиша / ведёт сюда",
    "kod, nom yoki so‘z; / tugmasi shu yerga olib keladi"
);
pub(crate) const FOUND: Text = text!("{n} found", "Найдено: {n}", "Topildi: {n}");
pub(crate) const REPEAT: Text = text!("Repeat?", "Повтор?", "Takror?");
pub(crate) const LATER: Text = text!("later", "позже", "keyinroq");
pub(crate) const NEVER: Text = text!("no", "нет", "yo‘q");
pub(crate) const REASONS: Text = text!("Reasons", "Причины", "Sabablar");
pub(crate) const REASONS_LEAD: Text = text!(
    "Where a code has several causes, `data.reason` tells which. The list is closed.",
    "Если у кода несколько причин, `data.reason` говорит, какая именно. Список закрыт.",
    "Kodning bir necha sababi bo‘lsa, `data.reason` qaysi biri ekanini aytadi. Ro‘yxat yopiq.",
);
pub(crate) const REASON: Text = text!("Reason", "Причина", "Sabab");
pub(crate) const ERROR_NAME: Text = text!(
    "the name of an [error](#errors)",
    "имя [ошибки](#errors)",
    "[xato](#errors) nomi"
);

pub(crate) const NETWORK: Text = text!("Network", "Сеть", "Tarmoq");
pub(crate) const CARD: Text = text!("Card", "Карта", "Karta");
pub(crate) const PHONE: Text = text!("Phone", "Телефон", "Telefon");
pub(crate) const OUTCOME: Text = text!("Outcome", "Исход", "Natija");
pub(crate) const BALANCE: Text = text!("Balance, tiyin", "Баланс, тийин", "Balans, tiyin");
pub(crate) const TERMINALS: Text = text!(
    "Terminals of the demo partner",
    "Терминалы демо-партнёра",
    "Demo hamkor terminallari"
);
pub(crate) const MERCHANT: Text = text!("Merchant", "Мерчант", "Merchant");
pub(crate) const TERMINAL: Text = text!("Terminal", "Терминал", "Terminal");

pub(crate) const CONSOLE: Text = text!("Console", "Консоль", "Konsol");
pub(crate) const CONSOLE_LEAD: Text = text!(
    "Calls this gateway on its simulated networks. Tokens and ids of replies are carried along into the next call; the secret stays in this page's memory.",
    "Вызывает этот шлюз на его имитированных сетях. Токены и номера из ответов переносятся в следующий вызов; секрет остаётся в памяти страницы.",
    "Ushbu shlyuzni simulyatsiya qilingan tarmoqlarda chaqiradi. Javoblardagi token va raqamlar keyingi chaqiruvga o‘tadi; maxfiy kalit faqat sahifa xotirasida qoladi.",
);
pub(crate) const NEEDS_SCRIPT: Text = text!(
    "The console needs JavaScript. Everything else on this page works without it.",
    "Консоли нужен JavaScript. Всё остальное на странице работает без него.",
    "Konsolga JavaScript kerak. Sahifadagi qolgan hamma narsa usiz ishlaydi.",
);
pub(crate) const USER: Text = text!("User", "Пользователь", "Foydalanuvchi");
pub(crate) const SECRET: Text = text!("Secret", "Секрет", "Maxfiy kalit");
pub(crate) const METHOD: Text = text!("Method", "Метод", "Metod");
pub(crate) const TEST_CARD: Text = text!("Test card", "Тестовая карта", "Sinov kartasi");
pub(crate) const MESSAGES_IN: Text = text!("Messages in", "Сообщения на", "Xabarlar tili");
pub(crate) const CARRIED: Text = text!("Carried along", "Переносится", "Olib boriladi");
pub(crate) const CARRIED_EMPTY: Text = text!(
    "Nothing yet: replies put tokens and ids here.",
    "Пока пусто: сюда попадают токены и номера из ответов.",
    "Hozircha bo‘sh: javoblardagi token va raqamlar shu yerga tushadi."
);
pub(crate) const FORGET: Text = text!("Forget", "Забыть", "Unutish");
pub(crate) const SEND: Text = text!("Send", "Отправить", "Yuborish");
pub(crate) const SENDING: Text = text!("Sending…", "Отправка…", "Yuborilmoqda…");
pub(crate) const NOT_SET: Text = text!("leave out", "не передавать", "bermaslik");
pub(crate) const NO_REPLY: Text =
    text!("No reply: {why}", "Нет ответа: {why}", "Javob yo‘q: {why}");
pub(crate) const NOTHING_SENT: Text = text!(
    "Nothing sent yet.",
    "Пока ничего не отправлено.",
    "Hali hech narsa yuborilmagan."
);
pub(crate) const FAULT_REQUIRED: Text = text!("is required", "обязателен", "majburiy");
pub(crate) const FAULT_INTEGER: Text = text!(
    "must be a whole number",
    "должен быть целым числом",
    "butun son bo‘lishi kerak"
);
pub(crate) const FAULT_PATTERN: Text = text!(
    "must match {rule}",
    "должен соответствовать {rule}",
    "{rule} ga mos bo‘lishi kerak"
);
pub(crate) const FAULT_RANGE: Text = text!(
    "must be {rule}",
    "должен быть {rule}",
    "{rule} bo‘lishi kerak"
);
pub(crate) const FIX_FIRST: Text = text!(
    "Please correct the marked params.",
    "Исправьте отмеченные параметры.",
    "Belgilangan parametrlarni tuzating."
);
pub(crate) const NETWORK_ERRORS: Text = text!(
    "Refusals of the networks, in every method that moves money",
    "Отказы сетей во всех методах, которые двигают деньги",
    "Pulni harakatlantiradigan barcha metodlarda tarmoqlarning rad javoblari",
);
pub(crate) const ALSO_NETWORK: Text = text!(
    "And the [refusals of the networks](#network-errors).",
    "А также [отказы сетей](#network-errors).",
    "Shuningdek [tarmoqlarning rad javoblari](#network-errors).",
);
pub(crate) const DRAWING: Text = text!(
    "Drawing of the statuses; the table below says the same",
    "Схема статусов; таблица ниже говорит то же",
    "Holatlar chizmasi; quyidagi jadval ham shuni aytadi",
);
pub(crate) const WITHOUT_CODE: Text = text!("without a code", "без кода", "kodsiz");
