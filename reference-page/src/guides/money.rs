//! Statuses, safe repeats, parts of an amount.

use super::block::{Block, Guide};
use crate::text::{Text, text};

pub(crate) static STATUSES: Guide = Guide {
    id: "statuses",
    title: text!("Statuses", "Статусы", "Holatlar"),
    blocks: &[
        Block::Paragraph(text!(
            "A debit, a hold or a transfer is a transaction with a number and a status. `transactions.get` tells both at any time.",
            "Списание, холд или перевод — это транзакция с номером и статусом. `transactions.get` в любой момент показывает и то и другое.",
            "Yechib olish, xold yoki o‘tkazma — bu raqami va holati bor tranzaksiya. `transactions.get` ularni istalgan vaqtda ko‘rsatadi.",
        )),
        Block::StatusDrawing,
        Block::Table {
            head: &[
                text!("Status", "Статус", "Holat"),
                text!("Means", "Что значит", "Ma’nosi"),
                text!("Final", "Конечный", "Yakuniy"),
                text!("What you do", "Что делать", "Nima qilish kerak"),
            ],
            rows: &[
                &[
                    Text::same("`awaiting_code`"),
                    text!(
                        "A code was sent to the cardholder; no money has moved.",
                        "Держателю карты отправлен код; деньги не двигались.",
                        "Karta egasiga kod yuborilgan; pul harakatlanmagan."
                    ),
                    NO,
                    text!(
                        "Ask for the code and confirm within 5 minutes.",
                        "Спросите код и подтвердите в течение 5 минут.",
                        "Kodni so‘rang va 5 daqiqa ichida tasdiqlang."
                    ),
                ],
                &[
                    Text::same("`processing`"),
                    text!(
                        "The network is being called, or the outcome is not known yet.",
                        "Идёт обращение к сети, или исход ещё неизвестен.",
                        "Tarmoqqa murojaat qilinmoqda yoki natija hali noma’lum."
                    ),
                    NO,
                    text!(
                        "Ask again later. Start no other payment in its place.",
                        "Спросите позже. Не начинайте вместо неё другой платёж.",
                        "Keyinroq so‘rang. O‘rniga boshqa to‘lov boshlamang."
                    ),
                ],
                &[
                    Text::same("`held`"),
                    text!(
                        "The money is held: neither taken nor available.",
                        "Деньги захолдированы: не списаны и недоступны.",
                        "Pul ushlab turilibdi: yechilmagan va foydalanib bo‘lmaydi."
                    ),
                    NO,
                    text!(
                        "Charge or cancel within 7 days.",
                        "Спишите или отмените в течение 7 дней.",
                        "7 kun ichida yechib oling yoki bekor qiling."
                    ),
                ],
                &[
                    Text::same("`succeeded`"),
                    text!(
                        "The money has moved. It can only become `reversed`, once all of it was given back.",
                        "Деньги переведены. Далее возможен только `reversed`, когда возвращено всё.",
                        "Pul o‘tkazildi. Keyin faqat, hammasi qaytarilganda, `reversed` bo‘lishi mumkin."
                    ),
                    SO_FAR,
                    text!(
                        "Deliver.",
                        "Выдавайте товар или услугу.",
                        "Tovar yoki xizmatni bering."
                    ),
                ],
                &[
                    Text::same("`declined`"),
                    text!(
                        "Refused; no money has moved, or it was given back.",
                        "Отказано; деньги не двигались или возвращены.",
                        "Rad etildi; pul harakatlanmagan yoki qaytarilgan."
                    ),
                    YES,
                    text!(
                        "Show the reason. A new try is a new transaction.",
                        "Покажите причину. Новая попытка — новая транзакция.",
                        "Sababini ko‘rsating. Yangi urinish — yangi tranzaksiya."
                    ),
                ],
                &[
                    Text::same("`cancelled`"),
                    text!(
                        "The hold was cancelled, and its money released.",
                        "Холд отменён, деньги освобождены.",
                        "Xold bekor qilindi, pul bo‘shatildi."
                    ),
                    YES,
                    NOTHING,
                ],
                &[
                    Text::same("`reversed`"),
                    text!(
                        "All of the money was given back.",
                        "Все деньги возвращены.",
                        "Pulning hammasi qaytarildi."
                    ),
                    YES,
                    NOTHING,
                ],
                &[
                    Text::same("`expired`"),
                    text!(
                        "The code, or the time of the hold, has run out.",
                        "Истёк код или срок холда.",
                        "Kod yoki xold muddati tugadi."
                    ),
                    YES,
                    text!(
                        "Start a new one if it is still wanted.",
                        "Если платёж ещё нужен, начните новый.",
                        "Hali kerak bo‘lsa, yangisini boshlang."
                    ),
                ],
                &[
                    Text::same("`manual`"),
                    text!(
                        "The outcome could not be established by program; people are looking into it.",
                        "Программа не смогла установить исход; им занимаются люди.",
                        "Dastur natijani aniqlay olmadi; u bilan odamlar shug‘ullanmoqda."
                    ),
                    NO,
                    text!(
                        "Wait, or write to the gateway's operator.",
                        "Ждите или напишите оператору шлюза.",
                        "Kuting yoki shlyuz operatoriga yozing."
                    ),
                ],
            ],
        },
    ],
};

const YES: Text = text!("yes", "да", "ha");
const SO_FAR: Text = text!("until a reversal", "до возврата", "qaytarilguncha");
const NO: Text = text!("no", "нет", "yo‘q");
const NOTHING: Text = text!("Nothing.", "Ничего.", "Hech narsa.");

pub(crate) static REPEATS: Guide = Guide {
    id: "repeats",
    title: text!("Safe repeats", "Безопасные повторы", "Xavfsiz takrorlash"),
    blocks: &[
        Block::Warning(text!(
            "A time-out is not a failure. The reply was lost, but the money may have moved.",
            "Тайм-аут — не отказ. Ответ потерян, но деньги могли уйти.",
            "Taym-aut — rad javobi emas. Javob yo‘qolgan, lekin pul ketgan bo‘lishi mumkin.",
        )),
        Block::Heading(text!(
            "Give every payment an extId",
            "Давайте каждому платежу extId",
            "Har bir to‘lovga extId bering"
        )),
        Block::Paragraph(text!(
            "`extId` is your own id of the payment, 1 to 64 of `A-Za-z0-9._:-`, unique among yours. Choose it before the first try, store it with your order, and send it again with exactly the same params. A repeat never moves money twice; it tells:",
            "`extId` — ваш собственный номер платежа, от 1 до 64 знаков `A-Za-z0-9._:-`, уникальный среди ваших. Выберите его до первой попытки, сохраните вместе с заказом и при повторе отправляйте с теми же параметрами. Повтор никогда не двигает деньги дважды; он отвечает:",
            "`extId` — to‘lovning o‘zingiz bergan raqami: `A-Za-z0-9._:-` belgilaridan 1 tadan 64 tagacha, sizda takrorlanmaydigan. Uni birinchi urinishdan oldin tanlang, buyurtma bilan birga saqlang va takrorlashda aynan o‘sha parametrlar bilan yuboring. Takrorlash pulni hech qachon ikki marta harakatlantirmaydi; u shunday javob beradi:",
        )),
        Block::Table {
            head: &[
                text!("The first call", "Первый вызов", "Birinchi chaqiruv"),
                text!("The repeat is told", "Ответ на повтор", "Takrorga javob"),
            ],
            rows: &[
                &[
                    text!(
                        "is still being worked on",
                        "ещё выполняется",
                        "hali bajarilmoqda"
                    ),
                    text!(
                        "-32364: repeat later with the same `extId`",
                        "-32364: повторите позже с тем же `extId`",
                        "-32364: keyinroq o‘sha `extId` bilan takrorlang"
                    ),
                ],
                &[
                    text!("awaits its code", "ждёт код", "kodni kutmoqda"),
                    text!(
                        "the same `{phone, transactionId}`; no other SMS is sent",
                        "то же `{phone, transactionId}`; новая SMS не отправляется",
                        "o‘sha `{phone, transactionId}`; yangi SMS yuborilmaydi"
                    ),
                ],
                &[
                    text!(
                        "has an unknown outcome",
                        "имеет неизвестный исход",
                        "natijasi noma’lum"
                    ),
                    text!(
                        "-32365 with `data.transactionId`",
                        "-32365 с `data.transactionId`",
                        "-32365 va `data.transactionId`"
                    ),
                ],
                &[
                    text!("has ended", "завершён", "tugagan"),
                    text!(
                        "the same result or error once more",
                        "тот же результат или ту же ошибку",
                        "o‘sha natija yoki o‘sha xato"
                    ),
                ],
                &[
                    text!(
                        "had other params",
                        "имел другие параметры",
                        "boshqa parametrlarga ega edi"
                    ),
                    text!(
                        "-32401, `data.reason` `ext_id_reused`; nothing is done",
                        "-32401, `data.reason` `ext_id_reused`; ничего не делается",
                        "-32401, `data.reason` `ext_id_reused`; hech narsa qilinmaydi"
                    ),
                ],
            ],
        },
        Block::Heading(text!("After -32379", "После -32379", "-32379 dan keyin")),
        Block::Paragraph(text!(
            "The network's answer was lost, and the gateway goes on to find out. Call `transactions.get` with `data.transactionId`, or with your `extId`, until the status is no longer `processing`: after 1, 5, 15, 60 seconds, then every few minutes. [Webhooks](#webhooks) tell it without asking.",
            "Ответ сети потерян, и шлюз продолжает выяснять исход. Вызывайте `transactions.get` с `data.transactionId` или с вашим `extId`, пока статус — `processing`: через 1, 5, 15, 60 секунд, затем раз в несколько минут. [Вебхуки](#webhooks) сообщат об этом сами.",
            "Tarmoq javobi yo‘qolgan, shlyuz natijani aniqlashda davom etadi. Holat `processing` bo‘lib turguncha `transactions.get` ni `data.transactionId` yoki o‘z `extId` ingiz bilan chaqiring: 1, 5, 15, 60 soniyadan keyin, so‘ng har bir necha daqiqada. [Vebxuklar](#webhooks) buni so‘ramasangiz ham aytadi.",
        )),
        Block::Heading(text!(
            "Clients that repeat by themselves",
            "Клиенты, которые повторяют сами",
            "O‘zi takrorlaydigan mijozlar"
        )),
        Block::Paragraph(text!(
            "Many HTTP and JSON-RPC clients repeat a call after a time-out without telling you. One popular client's defaults, 10 seconds and 3 repeats, debited a slow card four times. Switch such repeats off, or give an `extId`, and set the client's time-out above {call_timeout_s} seconds. Some clients drop `error.data`: with these only `extId` finds the transaction again.",
            "Многие клиенты HTTP и JSON-RPC после тайм-аута молча повторяют вызов. Один популярный клиент с настройками по умолчанию (10 секунд, 3 повтора) списал деньги с медленной карты четыре раза. Отключите такие повторы или передавайте `extId`, а тайм-аут клиента сделайте больше {call_timeout_s} секунд. Некоторые клиенты отбрасывают `error.data`: с ними транзакцию можно найти только по `extId`.",
            "Ko‘p HTTP va JSON-RPC mijozlari taym-autdan keyin chaqiruvni o‘zi takrorlaydi. Bitta mashhur mijoz standart sozlamalarda (10 soniya, 3 takror) sekin kartadan to‘rt marta pul yechdi. Bunday takrorlashni o‘chiring yoki `extId` bering va mijoz taym-autini {call_timeout_s} soniyadan katta qiling. Ba’zi mijozlar `error.data` ni tashlab yuboradi: ular bilan tranzaksiyani faqat `extId` orqali topish mumkin.",
        )),
    ],
};

pub(crate) static PARTIAL: Guide = Guide {
    id: "partial-amounts",
    title: text!("Partial amounts", "Частичные суммы", "Qisman summalar"),
    blocks: &[
        Block::Paragraph(text!(
            "`transactions.debit.hold.charge` and `transactions.debit.reverse` take an optional `amount` in tiyin.",
            "`transactions.debit.hold.charge` и `transactions.debit.reverse` принимают необязательный `amount` в тийинах.",
            "`transactions.debit.hold.charge` va `transactions.debit.reverse` ixtiyoriy `amount` ni tiyinda qabul qiladi.",
        )),
        Block::List(&[
            text!(
                "**Charge a part of a hold**: at most the held sum. The rest is freed at once, and the hold is closed.",
                "**Списать часть холда**: не больше захолдированной суммы. Остаток сразу освобождается, холд закрывается.",
                "**Xoldning bir qismini yechish**: ushlab turilgan summadan ko‘p emas. Qolgani darhol bo‘shatiladi, xold yopiladi.",
            ),
            text!(
                "**Give a part back**: at most what is left of the payment, and again until nothing is left. It needs an `extId` of its own, so that a repeat after a lost reply gives nothing back twice; without it -32300.",
                "**Вернуть часть**: не больше остатка платежа, и снова, пока остаток есть. Нужен отдельный `extId`, чтобы повтор после потерянного ответа не вернул деньги дважды; без него -32300.",
                "**Bir qismini qaytarish**: to‘lovning qolganidan ko‘p emas, qoldiq tugaguncha yana qaytarish mumkin. Yo‘qolgan javobdan keyingi takror pulni ikki marta qaytarmasligi uchun alohida `extId` kerak; usiz -32300.",
            ),
            text!(
                "More than is left: -32330, `data.reason` `amount_exceeds_rest`. HUMO charges a part of a hold, but gives back only the whole: a part is -32401, `data.reason` `partial_not_supported`, before HUMO is asked.",
                "Больше остатка: -32330, `data.reason` `amount_exceeds_rest`. HUMO списывает часть холда, но возвращает только всё: часть — -32401, `data.reason` `partial_not_supported`, до обращения к HUMO.",
                "Qolganidan ko‘p: -32330, `data.reason` `amount_exceeds_rest`. HUMO xoldning bir qismini yechadi, lekin faqat hammasini qaytaradi: qism uchun -32401, `data.reason` `partial_not_supported`, HUMOga murojaatdan oldin.",
            ),
            text!(
                "`transactions.get` shows `capturedAmount`, `reversedAmount` and each reversal with its `extId`. The status becomes `reversed` only when everything is given back.",
                "`transactions.get` показывает `capturedAmount`, `reversedAmount` и каждый возврат с его `extId`. Статус становится `reversed`, только когда возвращено всё.",
                "`transactions.get` `capturedAmount`, `reversedAmount` va har bir qaytarishni `extId` bilan ko‘rsatadi. Hammasi qaytarilgandagina holat `reversed` bo‘ladi.",
            ),
        ]),
    ],
};

pub(crate) static LISTS: Guide = Guide {
    id: "lists",
    title: text!("Lists", "Списки", "Ro‘yxatlar"),
    blocks: &[Block::List(&[
        text!(
            "`transactions.list` and `cards.list` answer page by page, newest first. Call again with `next` as `cursor` until `next` is `null`.",
            "`transactions.list` и `cards.list` отвечают по страницам, новые первыми. Вызывайте снова с `next` в качестве `cursor`, пока `next` не станет `null`.",
            "`transactions.list` va `cards.list` sahifalab javob beradi, yangilari birinchi. `next` `null` bo‘lguncha uni `cursor` sifatida berib, qayta chaqiring.",
        ),
        text!(
            "Keep the other params as they were; only `size` may differ. Otherwise -32401, `data.reason` `cursor_mismatch`.",
            "Остальные параметры не меняйте; только `size` может быть другим. Иначе -32401, `data.reason` `cursor_mismatch`.",
            "Qolgan parametrlarni o‘zgartirmang; faqat `size` boshqacha bo‘lishi mumkin. Aks holda -32401, `data.reason` `cursor_mismatch`.",
        ),
        text!(
            "To reconcile, end the period (`to`) some minutes ago: a transaction that is just being stored can be missing.",
            "Для сверки заканчивайте период (`to`) несколько минут назад: транзакция, которая как раз сохраняется, может не попасть в список.",
            "Solishtirish uchun davrni (`to`) bir necha daqiqa oldin tugating: ayni paytda saqlanayotgan tranzaksiya ro‘yxatga tushmasligi mumkin.",
        ),
        text!(
            "After `cards.remove` the token is unknown: -32301, also for a repeat. What is open goes on by its `transactionId`.",
            "После `cards.remove` токен неизвестен: -32301, в том числе на повтор. Начатое продолжается по своему `transactionId`.",
            "`cards.remove` dan keyin token noma’lum: -32301, takror uchun ham. Boshlangan ishlar o‘z `transactionId` si bo‘yicha davom etadi.",
        ),
    ])],
};
