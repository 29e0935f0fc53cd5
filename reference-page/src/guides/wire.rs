//! The wire: what is sent, in which envelope, in which language, and how much of it.

use super::block::{Block, Guide};
use crate::text::{Text, text};

pub(crate) static BASICS: Guide = Guide {
    id: "basics",
    title: text!("Basics", "Основы", "Asoslar"),
    blocks: &[
        Block::List(&[
            text!(
                "One endpoint: `POST /` with `Content-Type: application/json` and HTTP Basic authentication.",
                "Один адрес: `POST /` с `Content-Type: application/json` и аутентификацией HTTP Basic.",
                "Bitta manzil: `Content-Type: application/json` va HTTP Basic autentifikatsiya bilan `POST /`.",
            ),
            text!(
                "Params are passed by name. Unknown and duplicate ones are refused. `null` counts as missing.",
                "Параметры передаются по именам. Неизвестные и повторные отвергаются. `null` считается отсутствием.",
                "Parametrlar nomi bilan beriladi. Noma’lum va takroriylari rad etiladi. `null` yo‘q deb hisoblanadi.",
            ),
            text!(
                "Amounts are whole numbers of tiyin: `500000` is 5 000.00 UZS. `5.0`, `5e3` and `\"5\"` are no whole numbers.",
                "Суммы — целые числа в тийинах: `500000` — это 5 000,00 сум. `5.0`, `5e3` и `\"5\"` — не целые числа.",
                "Summalar tiyindagi butun sonlar: `500000` — bu 5 000,00 so‘m. `5.0`, `5e3` va `\"5\"` butun son emas.",
            ),
            text!(
                "The network follows from the card's number. `token` of one method and `cardId` of another are the same thing: the card's UUID.",
                "Сеть определяется по номеру карты. `token` одних методов и `cardId` других — одно и то же: UUID карты.",
                "Tarmoq karta raqamidan aniqlanadi. Bir metoddagi `token` va boshqasidagi `cardId` — bir xil narsa: kartaning UUIDsi.",
            ),
            text!(
                "Every reply has a header `x-request-id`. Quote it to the gateway's operator: the log has the same.",
                "В каждом ответе есть заголовок `x-request-id`. Сообщайте его оператору шлюза: он есть в журнале.",
                "Har bir javobda `x-request-id` sarlavhasi bor. Uni shlyuz operatoriga ayting: jurnalda ham shu bor.",
            ),
        ]),
        Block::Heading(text!("Two envelopes", "Два конверта", "Ikki konvert")),
        Block::Paragraph(text!(
            "Each request object is answered in the form in which it was asked. With `\"jsonrpc\": \"2.0\"` the reply has `id` and exactly one of `result` and `error`. Without `jsonrpc` it has all three, the unused one `null`. The switch at the top of the page shows the replies in either form.",
            "На каждый объект отвечают в той форме, в которой он пришёл. С `\"jsonrpc\": \"2.0\"` в ответе есть `id` и ровно одно из `result` и `error`. Без `jsonrpc` есть все три, неиспользуемое равно `null`. Переключатель вверху страницы показывает ответы в любой из форм.",
            "Har bir so‘rov obyektiga u qaysi shaklda kelgan bo‘lsa, shu shaklda javob beriladi. `\"jsonrpc\": \"2.0\"` bilan javobda `id` hamda `result` va `error` dan faqat bittasi bo‘ladi. `jsonrpc` bo‘lmasa, uchalasi ham bo‘ladi, ishlatilmagani `null`. Sahifa tepasidagi almashtirgich javoblarni ikkala shaklda ko‘rsatadi.",
        )),
        Block::Json(
            text!(
                "An error in JSON-RPC 2.0",
                "Ошибка в JSON-RPC 2.0",
                "JSON-RPC 2.0 dagi xato"
            ),
            r#"{"jsonrpc": "2.0", "id": 1, "error": {"code": -32309, "message": "Insufficient funds", "data": {"network": "UZCARD", "processingCode": "-240", "transactionId": 2557767}}}"#,
        ),
        Block::Json(
            text!(
                "The same in the documented form",
                "То же в документированной форме",
                "Xuddi shu hujjatdagi shaklda"
            ),
            r#"{"id": 1, "result": null, "error": {"code": -32309, "message": "Insufficient funds", "data": {"network": "UZCARD", "processingCode": "-240", "transactionId": 2557767}}}"#,
        ),
        Block::Heading(text!(
            "Members of error.data",
            "Члены error.data",
            "error.data a’zolari"
        )),
        Block::Paragraph(text!(
            "All are optional, and none repeats what you sent. `reason`: [a word](#reasons) where the code alone does not tell. `hint`: a sentence on what to do. `field`: the param. `transactionId`, `extId`: what to ask `transactions.get` about. `network`, `processingCode`: who refused, with its own code. `retryable`: whether the same call may succeed later.",
            "Все необязательны, и ни один не повторяет присланное вами. `reason`: [слово](#reasons), когда одного кода мало. `hint`: фраза о том, что делать. `field`: параметр. `transactionId`, `extId`: о чём спросить `transactions.get`. `network`, `processingCode`: кто отказал и с каким своим кодом. `retryable`: может ли тот же вызов удаться позже.",
            "Hammasi ixtiyoriy va hech biri siz yuborganni takrorlamaydi. `reason`: kodning o‘zi yetmaganda [so‘z](#reasons). `hint`: nima qilish haqida gap. `field`: parametr. `transactionId`, `extId`: `transactions.get` dan nimani so‘rash kerak. `network`, `processingCode`: kim qaysi kodi bilan rad etgan. `retryable`: o‘sha chaqiruv keyinroq muvaffaqiyatli bo‘lishi mumkinmi.",
        )),
    ],
};

pub(crate) static BATCHES: Guide = Guide {
    id: "batches",
    title: text!("Batches", "Пакеты", "Paketlar"),
    blocks: &[
        Block::Paragraph(text!(
            "An array of 1 to {batch_limit} calls. They run one after another and are answered in their order; each succeeds or fails by itself, and a batch may mix both envelopes. A larger batch is answered with one -32600, `data.reason` `batch_too_large`, and nothing runs.",
            "Массив из 1–{batch_limit} вызовов. Они выполняются по очереди, ответы идут в том же порядке; каждый удаётся или нет сам по себе, конверты можно смешивать. На больший пакет приходит одна -32600, `data.reason` `batch_too_large`, и ничего не выполняется.",
            "1 tadan {batch_limit} tagacha chaqiruvdan iborat massiv. Ular ketma-ket bajariladi va javoblar shu tartibda keladi; har biri o‘zicha muvaffaqiyatli yoki muvaffaqiyatsiz bo‘ladi, konvertlarni aralashtirish mumkin. Kattaroq paketga bitta -32600, `data.reason` `batch_too_large` javob beriladi va hech narsa bajarilmaydi.",
        )),
        Block::Json(
            text!(
                "Two questions in one request",
                "Два вопроса в одном запросе",
                "Bitta so‘rovda ikkita savol"
            ),
            r#"[{"jsonrpc": "2.0", "id": "a", "method": "transactions.get", "params": {"extId": "order-1042"}}, {"jsonrpc": "2.0", "id": "b", "method": "rpc.discover"}]"#,
        ),
        Block::Warning(text!(
            "A 2.0 call without `id` is a notification. It is never executed, because money must not move without an answer.",
            "Вызов 2.0 без `id` — уведомление. Он никогда не выполняется: деньги не должны двигаться без ответа.",
            "`id` siz 2.0 chaqiruvi — bildirishnoma. U hech qachon bajarilmaydi: pul javobsiz harakatlanmasligi kerak.",
        )),
    ],
};

pub(crate) static LANGUAGES: Guide = Guide {
    id: "languages",
    title: text!(
        "Languages and application",
        "Языки и приложение",
        "Tillar va ilova"
    ),
    blocks: &[
        Block::Table {
            head: &[
                text!("Header", "Заголовок", "Sarlavha"),
                text!("Values", "Значения", "Qiymatlar"),
                text!("Effect", "Действие", "Ta’siri"),
            ],
            rows: &[
                &[
                    Text::same("`lang`"),
                    Text::same("`uz`, `ru`, `en`"),
                    text!(
                        "language of error messages (without it English in `cards.attach` and `cards.attach.confirm`, Russian elsewhere) and of SMS texts (without it Russian)",
                        "язык сообщений об ошибках (без него английский в `cards.attach` и `cards.attach.confirm`, русский в остальных) и текстов SMS (без него русский)",
                        "xato xabarlari tili (usiz `cards.attach` va `cards.attach.confirm` da inglizcha, boshqalarida ruscha) va SMS matnlari tili (usiz ruscha)",
                    ),
                ],
                &[
                    Text::same("`app-name`"),
                    text!(
                        "`<application>-<dev|staging|prod>`, such as `Kundalik-dev`",
                        "`<приложение>-<dev|staging|prod>`, например `Kundalik-dev`",
                        "`<ilova>-<dev|staging|prod>`, masalan `Kundalik-dev`"
                    ),
                    text!(
                        "kept with the transaction; names the sender in the SMS",
                        "хранится с транзакцией; называет отправителя в SMS",
                        "tranzaksiya bilan saqlanadi; SMSda jo‘natuvchini bildiradi"
                    ),
                ],
            ],
        },
        Block::Paragraph(text!(
            "A malformed or unknown value counts as absent. Branch on `error.code` and `data.reason`, never on the message.",
            "Неверное или неизвестное значение считается отсутствующим. Ветвите код по `error.code` и `data.reason`, а не по тексту.",
            "Noto‘g‘ri yoki noma’lum qiymat yo‘q deb hisoblanadi. Dasturni matnga emas, `error.code` va `data.reason` ga qarab tarmoqlang.",
        )),
    ],
};

pub(crate) static LIMITS: Guide = Guide {
    id: "limits",
    title: text!("Limits", "Лимиты", "Cheklovlar"),
    blocks: &[Block::Table {
        head: &[
            text!("Limit", "Лимит", "Cheklov"),
            text!("Here", "Здесь", "Bu yerda"),
            text!("Beyond it", "Сверх него", "Undan oshganda"),
        ],
        rows: &[
            &[
                text!("body of a request", "тело запроса", "so‘rov tanasi"),
                text!("{body_kib} KiB", "{body_kib} КиБ", "{body_kib} KiB"),
                Text::same("HTTP 413, -32600"),
            ],
            &[
                text!(
                    "calls in a batch",
                    "вызовов в пакете",
                    "paketdagi chaqiruvlar"
                ),
                Text::same("{batch_limit}"),
                Text::same("HTTP 200, -32600"),
            ],
            &[
                text!(
                    "calls of a partner in a second, and at the same time",
                    "вызовов партнёра в секунду и одновременно",
                    "hamkorning sekunddagi va bir vaqtdagi chaqiruvlari"
                ),
                text!("as agreed", "по договорённости", "kelishuvga ko‘ra"),
                Text::same("HTTP 429, -32343, Retry-After"),
            ],
            &[
                text!(
                    "failed logins of a user name from one address in ten minutes",
                    "неудачных входов с одним именем с одного адреса за десять минут",
                    "bir manzildan bitta login bilan o‘n daqiqadagi muvaffaqiyatsiz kirishlar"
                ),
                text!("usually 10", "обычно 10", "odatda 10"),
                text!(
                    "HTTP 429 for 30 minutes, with the right secret too",
                    "HTTP 429 на 30 минут, и с верным секретом тоже",
                    "30 daqiqa HTTP 429, to‘g‘ri maxfiy kalit bilan ham"
                ),
            ],
            &[
                text!(
                    "debits of a card in an hour and a day, and their sum",
                    "списаний с карты за час и за сутки, и их сумма",
                    "kartadan bir soat va bir kunda yechishlar va ularning summasi"
                ),
                text!("as agreed", "по договорённости", "kelishuvga ko‘ra"),
                Text::same("-32382, -32329"),
            ],
            &[
                text!(
                    "refused attachments of a card, codes to a phone, questions for names and histories",
                    "отказов в привязке карты, кодов на телефон, запросов имён и историй",
                    "kartani bog‘lash rad etilishi, telefonga kodlar, ism va tarix so‘rovlari"
                ),
                text!("as agreed", "по договорённости", "kelishuvga ko‘ra"),
                Text::same("-32333, -32372, -32343"),
            ],
            &[
                text!(
                    "time for one call",
                    "время одного вызова",
                    "bitta chaqiruv vaqti"
                ),
                text!(
                    "{call_timeout_s} s",
                    "{call_timeout_s} с",
                    "{call_timeout_s} s"
                ),
                text!(
                    "-32334, or -32379 once a byte may have reached a network",
                    "-32334, или -32379, если байт мог дойти до сети",
                    "-32334 yoki bayt tarmoqqa yetgan bo‘lishi mumkin bo‘lsa -32379"
                ),
            ],
            &[
                text!(
                    "requests at the same time",
                    "одновременные запросы",
                    "bir vaqtdagi so‘rovlar"
                ),
                text!(
                    "set by the operator",
                    "задаёт оператор",
                    "operator belgilaydi"
                ),
                text!(
                    "HTTP 503 with `Retry-After`, -32343",
                    "HTTP 503 с `Retry-After`, -32343",
                    "`Retry-After` bilan HTTP 503, -32343"
                ),
            ],
            &[
                text!(
                    "life and tries of a code",
                    "срок и попытки кода",
                    "kod muddati va urinishlari"
                ),
                text!(
                    "5 minutes, 3 tries",
                    "5 минут, 3 попытки",
                    "5 daqiqa, 3 urinish"
                ),
                Text::same("-32308"),
            ],
            &[
                text!("life of a hold", "срок холда", "xold muddati"),
                text!("7 days", "7 дней", "7 kun"),
                text!(
                    "released; `expired`",
                    "освобождается; `expired`",
                    "bo‘shatiladi; `expired`"
                ),
            ],
            &[
                text!(
                    "SMS per phone and day",
                    "SMS на номер в день",
                    "raqamga kuniga SMS"
                ),
                text!(
                    "set by the operator",
                    "задаёт оператор",
                    "operator belgilaydi"
                ),
                Text::same("-32372"),
            ],
            &[
                text!(
                    "cards and days in `cards.monitoring`",
                    "карт и дней в `cards.monitoring`",
                    "`cards.monitoring` dagi karta va kunlar"
                ),
                text!("20 cards, 92 days", "20 карт, 92 дня", "20 karta, 92 kun"),
                Text::same("-32401, -32350"),
            ],
        ],
    }],
};

pub(crate) static PATHS: Guide = Guide {
    id: "paths",
    title: text!(
        "Documented HTTP paths",
        "Документированные пути HTTP",
        "Hujjatdagi HTTP yo‘llari"
    ),
    blocks: &[
        Block::Paragraph(text!(
            "The older documents describe one URL a method. The method's name is that path with dots for slashes: `/transactions/debit/hold/charge` is `transactions.debit.hold.charge`, to be sent to `POST /`.",
            "Прежние документы описывают отдельный URL для каждого метода. Имя метода — это путь с точками вместо косых черт: `/transactions/debit/hold/charge` — это `transactions.debit.hold.charge`, отправляемый на `POST /`.",
            "Avvalgi hujjatlar har bir metod uchun alohida URLni tavsiflaydi. Metod nomi — chiziqlar o‘rniga nuqta qo‘yilgan yo‘l: `/transactions/debit/hold/charge` — bu `POST /` ga yuboriladigan `transactions.debit.hold.charge`.",
        )),
        Block::Paragraph(text!(
            "Where the gateway's operator has set `compat.http_paths = true`, the paths themselves take the documented bodies, `{id, params}` for `/cards/attach…` and the bare params for all others, and answer in the documented envelope. Otherwise such a path is a 404 that names the method to call.",
            "Если оператор шлюза включил `compat.http_paths = true`, сами пути принимают документированные тела: `{id, params}` для `/cards/attach…` и просто параметры для остальных — и отвечают в документированном конверте. Иначе такой путь — 404 с именем нужного метода.",
            "Shlyuz operatori `compat.http_paths = true` ni yoqqan bo‘lsa, yo‘llarning o‘zi hujjatdagi tanalarni qabul qiladi: `/cards/attach…` uchun `{id, params}`, qolganlari uchun parametrlarning o‘zi — va hujjatdagi konvertda javob beradi. Aks holda bunday yo‘l kerakli metod nomini aytadigan 404 bo‘ladi.",
        )),
        Block::Paragraph(text!(
            "Only the methods of the two documents have paths. Those that this gateway has added (`transactions.get`, `transactions.list`, `cards.list`, `cards.info`, `cards.remove`) have none: send them to `POST /`. A body is one call, never a batch.",
            "Пути есть только у методов двух документов. У добавленных этим шлюзом (`transactions.get`, `transactions.list`, `cards.list`, `cards.info`, `cards.remove`) их нет: отправляйте их на `POST /`. Тело — один вызов, не пакет.",
            "Yo‘llar faqat ikki hujjatdagi metodlarda bor. Shu shlyuz qo‘shganlarida (`transactions.get`, `transactions.list`, `cards.list`, `cards.info`, `cards.remove`) yo‘l yo‘q: ularni `POST /` ga yuboring. Tana — bitta chaqiruv, paket emas.",
        )),
        Block::Paragraph(text!(
            "For example, `POST /transactions/debit/hold/cancel` with the body `{\"transactionId\": 2557767}` answers `{\"error\": null, \"result\": true}`.",
            "Например, `POST /transactions/debit/hold/cancel` с телом `{\"transactionId\": 2557767}` отвечает `{\"error\": null, \"result\": true}`.",
            "Masalan, `{\"transactionId\": 2557767}` tanali `POST /transactions/debit/hold/cancel` `{\"error\": null, \"result\": true}` deb javob beradi.",
        )),
    ],
};
