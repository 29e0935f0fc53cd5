//! Which errors are there, in which words, and what should be done about each?
//!
//! Sources: the attachment document «Привязка карт» (the A family: 4 and 1006 to 1010), and the table «Таблица ошибок»
//! at the end of the gateway's own (the B family: -32700 to -32411). A documented text is kept word for word, with its
//! full stops, except for scanning errors ("Нито" and "Nimo" for Humo, "Muniis", "Исчеран", a `\` before `$1`). Texts
//! in the other languages are ours. Which situation gets which code is settled in docs/contract.md#errors.

use super::entry::{Entry, catalogue};
use super::retry::Retry;

catalogue! {
    // The A family: attaching a card.

    /// A field of an attachment call is missing, malformed or unknown, and nothing was done.
    /// The message names the field and the rule; correct the call.
    ValidationError = 4 "VALIDATION_ERROR" retry No {
        ru: "Ошибка валидации",
        uz: "Validatsiya xatosi",
        en: "Validation Error",
    }
    /// `cards.attach` failed for a reason other than a malformed call or a card that is already attached.
    /// `data.reason` names the underlying error, which says who must act. The call can safely be repeated.
    AttachFailed = 1006 "ATTACH_FAILED" retry Later {
        ru: "Сервису не удалось отправить SMS для привязки карты",
        uz: "Xizmat kartani biriktirish uchun SMS yubora olmadi",
        en: "Service could not send SMS to attach card",
    }
    /// This partner has started no attachment with this `cardId`. Use the `cardId` that `cards.attach` returned.
    AttachCardNotFound = 1007 "ATTACH_CARD_NOT_FOUND" retry No {
        ru: "Карта не найдена по параметрам: cardId",
        uz: "Karta quyidagi parametr bo‘yicha topilmadi: cardId",
        en: "Card is not found by params: cardId",
    }
    /// The SMS code has expired, or all its tries are used up. Call `cards.attach` again to send the cardholder a
    /// new code.
    AttachCodeExpired = 1008 "ATTACH_CODE_EXPIRED" retry No {
        ru: "Срок действия SMS-кода уже истёк",
        uz: "SMS-kodning amal qilish muddati tugagan",
        en: "SMS code is already expired",
    }
    /// The code is wrong, or `cards.attach.confirm` failed for another reason; `data.reason` names the underlying
    /// error. If it is `INVALID_CODE`, ask the cardholder for the code again; each wrong code uses up one try.
    AttachVerifyFailed = 1009 "ATTACH_VERIFY_FAILED" retry No {
        ru: "Сервису не удалось проверить SMS-код для привязки карты",
        uz: "Xizmat kartani biriktirish uchun SMS-kodni tekshira olmadi",
        en: "Service could not verify SMS code to attach card",
    }
    /// This partner has already attached the card. Nothing is left to do: use the `cardId` of that attachment.
    AttachAlreadyAttached = 1010 "ATTACH_ALREADY_ATTACHED" retry No {
        ru: "Карта уже привязана",
        uz: "Karta allaqachon biriktirilgan",
        en: "Card is already attached",
    }

    // The B family, in the order of its table.

    /// The body of the request is not JSON.
    /// Correct the program that writes it.
    ParseError = -32700 "PARSE_ERROR" retry No {
        ru: "Ошибка Парсинга JSON. RPC запрос является не валидным JSON объектом.",
        uz: "JSONni o‘qishda xatolik. RPC so‘rovi yaroqli JSON obyekti emas.",
        en: "JSON parse error. The RPC request is not a valid JSON object.",
    }
    /// The body is JSON, but not a valid call or batch, or the HTTP request itself was refused. Nothing was done;
    /// correct the program that sends it.
    InvalidRequest = -32600 "INVALID_REQUEST" retry No {
        ru: "Передан неправильный JSON-RPC объект",
        uz: "Noto‘g‘ri JSON-RPC obyekti yuborildi",
        en: "Invalid JSON-RPC object",
    }
    /// There is no method with this name. `rpc.discover` lists all methods.
    MethodNotFound = -32601 "METHOD_NOT_FOUND" retry No {
        ru: "Запрашиваемый метод не найден.",
        uz: "So‘ralgan metod topilmadi.",
        en: "The requested method was not found.",
    }
    /// The user name or password is missing or wrong (HTTP 401), or the partner may not call this
    /// method. Check the credentials, or ask the gateway's operator for the permission.
    AccessDenied = -32504 "ACCESS_DENIED" retry No {
        ru: "Недостаточно привилегий для выполнения метода.",
        uz: "Metodni bajarish uchun huquqlar yetarli emas.",
        en: "Not enough privileges to call the method.",
    }
    /// A required member of `params` is missing, null or empty; `data.field` names it.
    /// Correct the call.
    MissingParams = -32300 "MISSING_PARAMS" retry No {
        ru: "Не хватает параметров",
        uz: "Parametrlar yetarli emas",
        en: "Required parameters are missing",
    }
    /// No confirmed card of this partner has this token. Use the token of an attached card, or attach the card
    /// first.
    CardNotRegistered = -32301 "CARD_NOT_REGISTERED" retry No {
        ru: "Карта не зарегистрирована",
        uz: "Karta ro‘yxatdan o‘tkazilmagan",
        en: "Card is not registered",
    }
    /// The network gave no information about the card. Ask the payer to check the card number.
    CardInfoUnavailable = -32302 "CARD_INFO_UNAVAILABLE" retry No {
        ru: "Не удалось получить информацию о карте",
        uz: "Karta haqida ma’lumot olib bo‘lmadi",
        en: "Could not get card information",
    }
    /// The phone number is not `998` followed by nine digits.
    /// Correct the call.
    InvalidPhone = -32303 "INVALID_PHONE" retry No {
        ru: "Неверный формат телефонного номера",
        uz: "Telefon raqami formati noto‘g‘ri",
        en: "Invalid phone number format",
    }
    /// The card number is not 16 digits.
    /// Ask the cardholder to type it again.
    InvalidPan = -32304 "INVALID_PAN" retry No {
        ru: "Неверный формат номера карты",
        uz: "Karta raqami formati noto‘g‘ri",
        en: "Invalid card number format",
    }
    /// The expiry date is not four digits with a real month, in the order that the method's
    /// definition gives. Correct the call, or ask the cardholder to type the date again.
    InvalidExpiry = -32305 "INVALID_EXPIRY" retry No {
        ru: "Неверный формат срока действия карты",
        uz: "Kartaning amal qilish muddati formati noto‘g‘ri",
        en: "Invalid card expiry date format",
    }
    /// The card could not be registered.
    /// The cardholder should try another card or ask the bank.
    CardRegistrationFailed = -32306 "CARD_REGISTRATION_FAILED" retry No {
        ru: "Не удалось зарегистрировать карту",
        uz: "Kartani ro‘yxatdan o‘tkazib bo‘lmadi",
        en: "Could not register the card",
    }
    /// No token could be created for the card. Start the attachment again; if that does not help, tell the
    /// gateway's operator.
    TokenNotGenerated = -32307 "TOKEN_NOT_GENERATED" retry No {
        ru: "Не удалось сгенерировать токен",
        uz: "Token yaratib bo‘lmadi",
        en: "Could not generate a token",
    }
    /// The SMS code is wrong, has expired or has no tries left; `data.reason` says which. Ask the cardholder for
    /// the code again, or start the operation again to send a new code.
    InvalidCode = -32308 "INVALID_CODE" retry No {
        ru: "Неверный код или время жизни кода истекло.",
        uz: "Kod noto‘g‘ri yoki uning amal qilish muddati tugagan.",
        en: "Wrong code, or the code has expired.",
    }
    /// The card's balance does not cover the amount and the fee.
    /// The cardholder must top up the card or use another one.
    InsufficientFunds = -32309 "INSUFFICIENT_FUNDS" retry No {
        ru: "Недостаточно средств",
        uz: "Mablag‘ yetarli emas",
        en: "Insufficient funds",
    }
    /// The card is blocked or out of service.
    /// The cardholder must ask the bank or use another card.
    CardBlocked = -32310 "CARD_BLOCKED" retry No {
        ru: "Карта заблокирована или временно не обслуживается",
        uz: "Karta bloklangan yoki unga vaqtincha xizmat ko‘rsatilmayapti",
        en: "Card is blocked or temporarily out of service",
    }
    /// The bank does not send SMS messages for this card, so no phone can be confirmed. The cardholder must ask the
    /// bank to enable the service.
    SmsServiceOff = -32311 "SMS_SERVICE_OFF" retry No {
        ru: "Услуга SMS-информирования не включена",
        uz: "SMS-xabarnoma xizmati yoqilmagan",
        en: "SMS notification service is not enabled",
    }
    /// The hold has already been charged, so it can be neither charged nor cancelled. Reverse the debit to give the
    /// money back.
    AlreadyCarriedOut = -32312 "ALREADY_CARRIED_OUT" retry No {
        ru: "Статус транзакции проведенный",
        uz: "Tranzaksiya holati: o‘tkazilgan",
        en: "Transaction is already carried out",
    }
    /// The transaction has ended without a payment: cancelled, reversed, declined or expired. `transactions.get`
    /// shows which; start a new one if the payment is still wanted.
    AlreadyCancelled = -32313 "ALREADY_CANCELLED" retry No {
        ru: "Статус транзакции отмененный",
        uz: "Tranzaksiya holati: bekor qilingan",
        en: "Transaction is already cancelled",
    }
    /// This partner has no such transaction, or it is of a kind that the method does not handle.
    /// Check the `transactionId` and the method.
    TransactionNotFound = -32314 "TRANSACTION_NOT_FOUND" retry No {
        ru: "Транзакция не найдена",
        uz: "Tranzaksiya topilmadi",
        en: "Transaction not found",
    }
    /// The service is closed to this partner.
    /// Ask the gateway's operator.
    ServiceBlocked = -32315 "SERVICE_BLOCKED" retry No {
        ru: "Сервис заблокирован!",
        uz: "Xizmat bloklangan!",
        en: "Service is blocked!",
    }
    /// Concerns bill payments, which this gateway does not offer: no information about the provider. Treat it as a
    /// refusal.
    ProviderInfoUnavailable = -32316 "PROVIDER_INFO_UNAVAILABLE" retry No {
        ru: "Не удалось получить информацию о поставщике",
        uz: "Provayder haqida ma’lumot olib bo‘lmadi",
        en: "Could not get information about the provider",
    }
    /// Concerns bill payments, which this gateway does not offer: the provider knows no such user
    /// or order. Treat it as a refusal.
    UserOrOrderNotFound = -32317 "USER_OR_ORDER_NOT_FOUND" retry No {
        ru: "Пользователь или заказ не найден",
        uz: "Foydalanuvchi yoki buyurtma topilmadi",
        en: "User or order not found",
    }
    /// The processing centre cannot be reached, and nothing was sent to it.
    /// Repeat the call a little later.
    ProcessingCentreUnavailable = -32318 "PROCESSING_CENTRE_UNAVAILABLE" retry Later {
        ru: "Процессинговый центр недоступен",
        uz: "Protsessing markazi ishlamayapti",
        en: "Processing centre is unavailable",
    }
    /// Concerns bill payments, which this gateway does not offer: the provider is blocked.
    /// Treat it as a refusal.
    ProviderBlocked = -32319 "PROVIDER_BLOCKED" retry No {
        ru: "Поставщик заблокирован!",
        uz: "Provayder bloklangan!",
        en: "Provider is blocked!",
    }
    /// The card's token is no longer valid. Attach the card again.
    TokenExpired = -32324 "TOKEN_EXPIRED" retry No {
        ru: "Истёк срок действия токена",
        uz: "Tokenning amal qilish muddati tugagan",
        en: "Token has expired",
    }
    /// There is no such user.
    /// Check the values that were sent.
    UserNotFound = -32325 "USER_NOT_FOUND" retry No {
        ru: "Пользователь не найден",
        uz: "Foydalanuvchi topilmadi",
        en: "User not found",
    }
    /// The identifier of the payer's device is malformed; no method of this gateway takes one.
    /// Treat it as a refusal.
    InvalidDeviceId = -32326 "INVALID_DEVICE_ID" retry No {
        ru: "Неверный формат ID устройства",
        uz: "Qurilma identifikatori formati noto‘g‘ri",
        en: "Invalid device ID format",
    }
    /// Cards of this bank cannot be used here. The cardholder must use a card from another bank.
    BankNotSupported = -32327 "BANK_NOT_SUPPORTED" retry No {
        ru: "Данный банк не поддерживается",
        uz: "Ushbu bank qo‘llab-quvvatlanmaydi",
        en: "This bank is not supported",
    }
    /// The amount is below the minimum for this operation. Ask the payer for a larger one.
    AmountTooSmall = -32328 "AMOUNT_TOO_SMALL" retry No {
        ru: "Сумма меньше допустимой",
        uz: "Summa ruxsat etilganidan kam",
        en: "Amount is less than allowed",
    }
    /// The amount is above the maximum for this operation. Ask the payer for a smaller one.
    AmountTooLarge = -32329 "AMOUNT_TOO_LARGE" retry No {
        ru: "Сумма выше допустимой",
        uz: "Summa ruxsat etilganidan ko‘p",
        en: "Amount is more than allowed",
    }
    /// The network refused to cancel or reverse the payment, or its status does not allow it; `data.reason` says
    /// which. The payment is unchanged: `transactions.get` shows it.
    CancelFailed = -32330 "CANCEL_FAILED" retry No {
        ru: "Не удалось отменить платеж",
        uz: "To‘lovni bekor qilib bo‘lmadi",
        en: "Could not cancel the payment",
    }
    /// The operation is not in the history of this partner's cards. Use an `_id` that `cards.monitoring` returned.
    DataNotFound = -32332 "DATA_NOT_FOUND" retry No {
        ru: "Данные не найдены!",
        uz: "Ma’lumotlar topilmadi!",
        en: "Data not found!",
    }
    /// The phone number is not the one that the bank has on file for the card; no code was sent.
    /// The cardholder must give that number.
    PhoneMismatch = -32333 "PHONE_MISMATCH" retry No {
        ru: "Номера телефонов не совпадают",
        uz: "Telefon raqamlari mos kelmadi",
        en: "Phone numbers do not match",
    }
    /// The gateway failed; nothing reached a network, and no money was moved. Repeat the call a little later; if
    /// the error persists, tell the gateway's operator.
    Internal = -32334 "INTERNAL" retry Later {
        ru: "Системная (внутренняя ошибка). Появляется при различных сбоях.",
        uz: "Tizim xatosi (ichki xato). Turli nosozliklarda yuzaga keladi.",
        en: "System (internal) error. It occurs on various failures.",
    }
    /// The network does not know the card.
    /// Ask the payer to check the card number.
    CardNotFound = -32335 "CARD_NOT_FOUND" retry No {
        ru: "Карта не найдена",
        uz: "Karta topilmadi",
        en: "Card not found",
    }
    /// The card has expired, or the expiry date is not the card's.
    /// The cardholder must check the date or use another card.
    CardExpired = -32336 "CARD_EXPIRED" retry No {
        ru: "Истёк срок действия карты",
        uz: "Kartaning amal qilish muddati tugagan",
        en: "Card has expired",
    }
    /// The card is temporarily blocked by the network, the bank or its owner. The cardholder must have it unblocked
    /// or use another card.
    CardStopped = -32337 "CARD_STOPPED" retry No {
        ru: "Карта временно заблокирована",
        uz: "Karta vaqtincha bloklangan",
        en: "Card is temporarily blocked",
    }
    /// UZCARD cannot be reached, and no money was taken.
    /// Repeat the call a little later, with a new `extId`.
    UzcardUnavailable = -32338 "UZCARD_UNAVAILABLE" retry Later {
        ru: "Сервис Uzcard временно недоступен. Попробуйте повторить ваш запрос немного позже",
        uz: "Uzcard xizmati vaqtincha ishlamayapti. So‘rovingizni birozdan so‘ng takrorlang",
        en: "Uzcard service is temporarily unavailable. Please repeat your request a little later",
    }
    /// HUMO cannot be reached, and no money was taken.
    /// Repeat the call a little later, with a new `extId`.
    HumoUnavailable = -32339 "HUMO_UNAVAILABLE" retry Later {
        ru: "Сервис Humo временно недоступен. Попробуйте повторить ваш запрос немного позже",
        uz: "Humo xizmati vaqtincha ishlamayapti. So‘rovingizni birozdan so‘ng takrorlang",
        en: "Humo service is temporarily unavailable. Please repeat your request a little later",
    }
    /// The provider's service cannot be reached, and no money was taken.
    /// Repeat the call a little later.
    ProviderUnavailable = -32340 "PROVIDER_UNAVAILABLE" retry Later {
        ru: "Сервис поставщика временно недоступен. Попробуйте повторить ваш запрос немного позже",
        uz: "Provayder xizmati vaqtincha ishlamayapti. So‘rovingizni birozdan so‘ng takrorlang",
        en: "The provider's service is temporarily unavailable. Please repeat your request a little later",
    }
    /// A wrong PIN was entered on the card too many times.
    /// The cardholder must ask the bank or use another card.
    PinTriesExceeded = -32341 "PIN_TRIES_EXCEEDED" retry No {
        ru: "Превышено допустимое количество попыток ввода PIN-кода",
        uz: "PIN-kodni kiritish uchun ruxsat etilgan urinishlar soni oshib ketdi",
        en: "The allowed number of PIN attempts is exceeded",
    }
    /// Nothing matches the values that were sent. Check them.
    InfoNotFound = -32342 "INFO_NOT_FOUND" retry No {
        ru: "Не удалось найти информацию по указанным данным",
        uz: "Ko‘rsatilgan ma’lumotlar bo‘yicha axborot topilmadi",
        en: "Could not find information by the given data",
    }
    /// The gateway has more calls than it can serve, or is shutting down; this call was not started. Repeat it a
    /// little later, and call less often.
    Overloaded = -32343 "OVERLOADED" retry Later {
        ru: "Сервис временно недоступен. Попробуйте повторить ваш запрос немного позже",
        uz: "Xizmat vaqtincha ishlamayapti. So‘rovingizni birozdan so‘ng takrorlang",
        en: "Service is temporarily unavailable. Please repeat your request a little later",
    }
    /// Concerns tags, which this gateway does not offer: the tag could not be attached.
    /// Treat it as a refusal.
    TagAttachFailed = -32344 "TAG_ATTACH_FAILED" retry No {
        ru: "Не удалось привязать тэг",
        uz: "Tegni biriktirib bo‘lmadi",
        en: "Could not attach the tag",
    }
    /// Concerns tags, which this gateway does not offer: there is no such tag.
    /// Treat it as a refusal.
    TagNotFound = -32345 "TAG_NOT_FOUND" retry No {
        ru: "Не удалось найти тэг",
        uz: "Teg topilmadi",
        en: "Could not find the tag",
    }
    /// Concerns tags, which this gateway does not offer: the attached tag could not be removed.
    /// Treat it as a refusal.
    TagRemovalFailed = -32346 "TAG_REMOVAL_FAILED" retry No {
        ru: "Не удалось удалить привязанный тэг",
        uz: "Biriktirilgan tegni o‘chirib bo‘lmadi",
        en: "Could not remove the attached tag",
    }
    /// The network knows no card with this number and expiry date.
    /// Ask the cardholder to check both.
    InvalidPanOrExpiry = -32347 "INVALID_PAN_OR_EXPIRY" retry No {
        ru: "Неверный номер карты или даты окончания",
        uz: "Karta raqami yoki amal qilish muddati noto‘g‘ri",
        en: "Wrong card number or expiry date",
    }
    /// The account behind the card is blocked.
    /// The cardholder must ask the bank.
    AccountBlocked = -32348 "ACCOUNT_BLOCKED" retry No {
        ru: "Счёт заблокирован",
        uz: "Hisobvaraq bloklangan",
        en: "Account is blocked",
    }
    /// The SMS provider cannot be reached or refused the message, so the cardholder has no code. No money was
    /// moved: repeat the call a little later, with a new `extId`.
    SmsGatewayUnavailable = -32349 "SMS_GATEWAY_UNAVAILABLE" retry Later {
        ru: "Не удалось связаться с SMS-шлюзом",
        uz: "SMS-shlyuz bilan bog‘lanib bo‘lmadi",
        en: "Could not reach the SMS gateway",
    }
    /// The period ends before it begins; that of a history may also be longer than allowed, or a network refuses a date.
    /// Correct the dates.
    WrongPeriod = -32350 "WRONG_PERIOD" retry No {
        ru: "Указан неверный период",
        uz: "Noto‘g‘ri davr ko‘rsatilgan",
        en: "Wrong period given",
    }
    /// Concerns bill payments, which this gateway does not offer: there is no such service.
    /// Treat it as a refusal.
    ServiceNotFound = -32351 "SERVICE_NOT_FOUND" retry No {
        ru: "Не удалось найти запрашиваемый сервис по указанным данным",
        uz: "Ko‘rsatilgan ma’lumotlar bo‘yicha so‘ralgan xizmat topilmadi",
        en: "Could not find the requested service by the given data",
    }
    /// Concerns bill payments, which this gateway does not offer: the service has no such fields.
    /// Treat it as a refusal.
    ServiceFieldsNotFound = -32352 "SERVICE_FIELDS_NOT_FOUND" retry No {
        ru: "Не удалось найти запрашиваемые поля сервиса по указанным данным",
        uz: "Ko‘rsatilgan ma’lumotlar bo‘yicha xizmatning so‘ralgan maydonlari topilmadi",
        en: "Could not find the requested fields of the service by the given data",
    }
    /// Concerns bill payments, which this gateway does not offer: the data do not fit the service.
    /// Treat it as a refusal.
    InvalidServiceData = -32353 "INVALID_SERVICE_DATA" retry No {
        ru: "Неверный формат данных. Проверьте сервис",
        uz: "Ma’lumotlar formati noto‘g‘ri. Xizmatni tekshiring",
        en: "Invalid data format. Check the service",
    }
    /// Transfers to cards of the recipient's bank are not possible.
    /// The payer must choose a card of another bank.
    RecipientBankNotSupported = -32354 "RECIPIENT_BANK_NOT_SUPPORTED" retry No {
        ru: "Банк получателя не поддерживается",
        uz: "Qabul qiluvchining banki qo‘llab-quvvatlanmaydi",
        en: "The recipient's bank is not supported",
    }
    /// HUMO's SMS service did not answer in time when asked for the card's phone; no money was moved. Repeat the
    /// call a little later.
    HumoSmsTimeout = -32355 "HUMO_SMS_TIMEOUT" retry Later {
        ru: "Истекло время ожидания сервиса СМС информирования Humo",
        uz: "Humo SMS-xabarnoma xizmatidan javob kutish vaqti tugadi",
        en: "The Humo SMS notification service timed out",
    }
    /// The service is closed for maintenance; nothing was done.
    /// Repeat the call later.
    Maintenance = -32356 "MAINTENANCE" retry Later {
        ru: "Сервис находится в режиме профилактики",
        uz: "Xizmatda profilaktika ishlari olib borilmoqda",
        en: "Service is under maintenance",
    }
    /// The user's login is not the phone number to which the bank sends SMS messages for the card.
    /// The cardholder must use that number.
    LoginPhoneMismatch = -32357 "LOGIN_PHONE_MISMATCH" retry No {
        ru: "Не совпадают логин и номер СМС-информирования",
        uz: "Login va SMS-xabarnoma raqami mos kelmadi",
        en: "The login and the SMS notification number do not match",
    }
    /// The provider's answer to a look-up of a masked card number could not be read; no money was
    /// moved. Repeat the call a little later.
    MaskedPanUnreadable = -32358 "MASKED_PAN_UNREADABLE" retry Later {
        ru: "Неверный ответ от поставщика. Метод - getMaskedPan",
        uz: "Provayderdan noto‘g‘ri javob keldi. Metod - getMaskedPan",
        en: "Invalid reply from the provider. Method - getMaskedPan",
    }
    /// Concerns Visa, which this gateway does not serve: its service cannot be reached.
    /// Repeat the call a little later.
    VisaUnavailable = -32359 "VISA_UNAVAILABLE" retry Later {
        ru: "Сервис Visa временно недоступен. Попробуйте повторить ваш запрос немного позже",
        uz: "Visa xizmati vaqtincha ishlamayapti. So‘rovingizni birozdan so‘ng takrorlang",
        en: "Visa service is temporarily unavailable. Please repeat your request a little later",
    }
    /// Concerns Visa, which this gateway does not serve: its SMS service did not answer in time.
    /// Repeat the call a little later.
    VisaSmsTimeout = -32360 "VISA_SMS_TIMEOUT" retry Later {
        ru: "Истекло время ожидания сервиса СМС информирования Visa",
        uz: "Visa SMS-xabarnoma xizmatidan javob kutish vaqti tugadi",
        en: "The Visa SMS notification service timed out",
    }
    /// The network does not know the sender's card.
    /// The payer must use another card.
    SenderCardNotFound = -32361 "SENDER_CARD_NOT_FOUND" retry No {
        ru: "Не найдена карта отправителя",
        uz: "Jo‘natuvchining kartasi topilmadi",
        en: "The sender's card was not found",
    }
    /// The merchant and terminal are not registered for this partner and network.
    /// Correct the two identifiers, or have the gateway's operator register them.
    TerminalNotFound = -32362 "TERMINAL_NOT_FOUND" retry No {
        ru: "Не удалось найти POS терминал для оплаты",
        uz: "To‘lov uchun POS-terminal topilmadi",
        en: "Could not find a POS terminal for the payment",
    }
    /// Concerns Munis, which this gateway does not serve: its service cannot be reached.
    /// Repeat the call a little later.
    MunisUnavailable = -32363 "MUNIS_UNAVAILABLE" retry Later {
        ru: "Сервис Munis временно недоступен. Попробуйте повторить ваш запрос немного позже",
        uz: "Munis xizmati vaqtincha ishlamayapti. So‘rovingizni birozdan so‘ng takrorlang",
        en: "Munis service is temporarily unavailable. Please repeat your request a little later",
    }
    /// An earlier call with this `extId`, or an earlier hold on this card, is still being processed. This call did
    /// nothing: repeat it a little later, with the same `extId`.
    PreviousAttemptInProcess = -32364 "PREVIOUS_ATTEMPT_IN_PROCESS" retry Later {
        ru: "Попробуйте повторить платёж позже, так как ваша предыдущая попытка в процессе обработки",
        uz: "To‘lovni keyinroq takrorlang, chunki oldingi urinishingiz hali qayta ishlanmoqda",
        en: "Try the payment again later, as your previous attempt is still being processed",
    }
    /// The transaction is being processed, or its outcome is not known yet; this call did nothing. Call
    /// `transactions.get` until the status is final, and never start another payment in its place before that.
    InProcess = -32365 "IN_PROCESS" retry Later {
        ru: "Платёж в обработке",
        uz: "To‘lov qayta ishlanmoqda",
        en: "Payment is being processed",
    }
    /// Concerns bill payments, which this gateway does not offer: the provider knows no such
    /// subscriber. Treat it as a refusal.
    SubscriberNotFound = -32366 "SUBSCRIBER_NOT_FOUND" retry No {
        ru: "Абонент не найден",
        uz: "Abonent topilmadi",
        en: "Subscriber not found",
    }
    /// The amount of the payment was not given.
    /// Ask the payer for it.
    AmountMissing = -32368 "AMOUNT_MISSING" retry No {
        ru: "Введите сумму платежа",
        uz: "To‘lov summasini kiriting",
        en: "Enter the payment amount",
    }
    /// Concerns bill payments, which this gateway does not offer: no provider was given.
    /// Treat it as a refusal.
    ProviderMissing = -32369 "PROVIDER_MISSING" retry No {
        ru: "Не указан поставщик сервиса",
        uz: "Xizmat provayderi ko‘rsatilmagan",
        en: "The service provider is not given",
    }
    /// Concerns bill payments, which this gateway does not offer: no service was given.
    /// Treat it as a refusal.
    ServiceIdMissing = -32370 "SERVICE_ID_MISSING" retry No {
        ru: "Отсутствует идентификатор сервиса оплаты",
        uz: "To‘lov xizmati identifikatori ko‘rsatilmagan",
        en: "The payment service identifier is missing",
    }
    /// The payment was not cancelled and is unchanged. `transactions.get` shows it.
    PaymentNotCancelled = -32371 "PAYMENT_NOT_CANCELLED" retry No {
        ru: "Платёж не отменён",
        uz: "To‘lov bekor qilinmadi",
        en: "Payment was not cancelled",
    }
    /// The daily limit of codes for this phone is reached; nothing was done. Repeat the call tomorrow.
    SmsLimitReached = -32372 "SMS_LIMIT_REACHED" retry Later {
        ru: "Исчерпан дневной лимит отправки СМС",
        uz: "Kunlik SMS yuborish limiti tugagan",
        en: "The daily SMS limit is used up",
    }
    /// Reserved in the document for checks of a personal number (PINFL); this gateway makes none.
    /// Treat it as a refusal.
    PinflReserved = -32373 "PINFL_RESERVED" retry No {
        ru: "Зарезервировано для проверок ПИНФЛ",
        uz: "JSHSHIR tekshiruvlari uchun zaxiralangan",
        en: "Reserved for PINFL checks",
    }
    /// Cards of this kind cannot be used. The number belongs to no known network or to another network than the
    /// method's, or the network allows no payments with the card, as with corporate cards. Use another card.
    CardTypeNotSupported = -32374 "CARD_TYPE_NOT_SUPPORTED" retry No {
        ru: "Данный тип карт не поддерживается",
        uz: "Ushbu turdagi kartalar qo‘llab-quvvatlanmaydi",
        en: "This card type is not supported",
    }
    /// HUMO does not allow the gateway to do this. The gateway's operator must settle it with HUMO.
    HumoAccessDenied = -32375 "HUMO_ACCESS_DENIED" retry No {
        ru: "Доступ запрещён со стороны Humo",
        uz: "Humo tomonidan ruxsat berilmadi",
        en: "Access denied by Humo",
    }
    /// There is no such request to top up.
    /// Check the values that were sent.
    TopUpNotFound = -32376 "TOP_UP_NOT_FOUND" retry No {
        ru: "Не найден запрос на пополнение",
        uz: "To‘ldirish so‘rovi topilmadi",
        en: "Top-up request not found",
    }
    /// Cards in soum and in a foreign currency were requested together. Request them separately.
    MixedCurrencies = -32377 "MIXED_CURRENCIES" retry No {
        ru: "Запрашиваются валютные и сумовые карты",
        uz: "Valyuta va so‘m kartalari so‘ralmoqda",
        en: "Foreign currency and soum cards are requested",
    }
    /// The outcome is unknown: the network's answer was lost, and the money may have moved. Do not repeat the call,
    /// as that could move the money twice. Call `transactions.get` with `data.transactionId` until the status is
    /// final; the gateway keeps looking for the outcome.
    OutcomeUnknown = -32379 "OUTCOME_UNKNOWN" retry No {
        ru: "Не удалось получить ответ поставщика. Проверьте статус оплаты позже",
        uz: "Provayderdan javob olib bo‘lmadi. To‘lov holatini keyinroq tekshiring",
        en: "Could not get the provider's answer. Check the payment status later",
    }
    /// Concerns study fees, which this gateway does not offer: no student has this personal number
    /// (PINFL). Treat it as a refusal.
    StudentPinflNotFound = -32380 "STUDENT_PINFL_NOT_FOUND" retry No {
        ru: "ПИНФЛ студента не найден",
        uz: "Talabaning JSHSHIRi topilmadi",
        en: "The student's PINFL was not found",
    }
    /// The personal number (PINFL) is not 14 digits; no method of this gateway takes one.
    /// Treat it as a refusal.
    InvalidPinfl = -32381 "INVALID_PINFL" retry No {
        ru: "ПИНФЛ должен содержать 14 цифр",
        uz: "JSHSHIR 14 ta raqamdan iborat bo‘lishi kerak",
        en: "PINFL must contain 14 digits",
    }
    /// A limit that the bank has set for the card, on amounts or on the number of payments, is
    /// reached. The cardholder must ask the bank or use another card.
    BankLimit = -32382 "BANK_LIMIT" retry No {
        ru: "Установлено ограничение со стороны банка",
        uz: "Bank tomonidan cheklov o‘rnatilgan",
        en: "A restriction is set by the bank",
    }
    /// There is no such partner.
    /// Ask the gateway's operator.
    PartnerNotFound = -32383 "PARTNER_NOT_FOUND" retry No {
        ru: "Партнёр не найден",
        uz: "Hamkor topilmadi",
        en: "Partner not found",
    }
    /// Only cards of the acquiring bank itself can be used here.
    /// The cardholder must use one of those.
    OtherBankCardsNotSupported = -32384 "OTHER_BANK_CARDS_NOT_SUPPORTED" retry No {
        ru: "Карты чужих банков не поддерживаются",
        uz: "Boshqa banklarning kartalari qo‘llab-quvvatlanmaydi",
        en: "Cards of other banks are not supported",
    }
    /// The amount is zero or negative, or the network rejected it. Correct the call: amounts are whole numbers of
    /// tiyin above zero.
    InvalidAmount = -32385 "INVALID_AMOUNT" retry No {
        ru: "Неверная сумма",
        uz: "Summa noto‘g‘ri",
        en: "Invalid amount",
    }
    /// The transfer is worth less than one US dollar.
    /// Ask the payer for a larger amount.
    TransferBelowOneDollar = -32386 "TRANSFER_BELOW_ONE_DOLLAR" retry No {
        ru: "Минимальная сумма перевода равняется $1",
        uz: "O‘tkazmaning eng kam summasi $1 ni tashkil etadi",
        en: "The minimum transfer amount is $1",
    }
    /// The sender's and the recipient's card are the same. The payer must choose another card for one of them.
    SameCard = -32387 "SAME_CARD" retry No {
        ru: "Неверный номер карты",
        uz: "Karta raqami noto‘g‘ri",
        en: "Invalid card number",
    }
    /// The card is on a blacklist.
    /// The cardholder must ask the bank or use another card.
    CardBlacklisted = -32388 "CARD_BLACKLISTED" retry No {
        ru: "Карта находится в чёрном списке",
        uz: "Karta qora ro‘yxatga kiritilgan",
        en: "Card is blacklisted",
    }
    /// The document's second code for `SMS_SERVICE_OFF` (-32311). Treat it alike: the cardholder must ask the bank
    /// to enable the SMS service.
    SmsServiceNotEnabled = -32389 "SMS_SERVICE_NOT_ENABLED" retry No {
        ru: "Услуга SMS-информирования не включена",
        uz: "SMS-xabarnoma xizmati yoqilmagan",
        en: "SMS notification service is not enabled",
    }
    /// The recipient's card accepts no transfers. The payer must choose another card to send to.
    RecipientRefuses = -32390 "RECIPIENT_REFUSES" retry No {
        ru: "Карта получателя не принимает перевод",
        uz: "Qabul qiluvchining kartasi o‘tkazmani qabul qilmaydi",
        en: "The recipient's card does not accept the transfer",
    }
    /// Concerns study fees, which this gateway does not offer: there is no such student.
    /// Treat it as a refusal.
    StudentNotFound = -32391 "STUDENT_NOT_FOUND" retry No {
        ru: "ID студента не найден",
        uz: "Talaba ID raqami topilmadi",
        en: "Student ID not found",
    }
    /// The transaction has already been confirmed, and nothing was done a second time. `transactions.get` shows how
    /// it ended.
    AlreadyConfirmed = -32392 "ALREADY_CONFIRMED" retry No {
        ru: "Транзакция подтверждена",
        uz: "Tranzaksiya tasdiqlangan",
        en: "Transaction is confirmed",
    }
    /// The network did not give the number of the account behind the card. The cardholder must ask the bank or use
    /// another card.
    CardAccountUnavailable = -32393 "CARD_ACCOUNT_UNAVAILABLE" retry No {
        ru: "Не удалось получить номер счёта карты",
        uz: "Kartaning hisob raqamini olib bo‘lmadi",
        en: "Could not get the card's account number",
    }
    /// Concerns bill payments, which this gateway does not offer: the bill is fully paid. Nothing is left to pay.
    FullyPaid = -32394 "FULLY_PAID" retry No {
        ru: "Сумма полностью оплачена",
        uz: "Summa to‘liq to‘langan",
        en: "The amount is paid in full",
    }
    /// The recipient is on the list of banned persons, and the recipient's card on the blacklist.
    /// The transfer is not possible.
    RecipientAndCardBanned = -32398 "RECIPIENT_AND_CARD_BANNED" retry No {
        ru: "Получатель находится в списке запрещенных личностей и в чёрном списке номеров карт",
        uz: "Qabul qiluvchi taqiqlangan shaxslar ro‘yxatiga va karta raqamlarining qora ro‘yxatiga kiritilgan",
        en: "The recipient is on the list of banned persons and on the blacklist of card numbers",
    }
    /// The recipient is on the list of banned persons.
    /// The transfer is not possible.
    RecipientBanned = -32399 "RECIPIENT_BANNED" retry No {
        ru: "Получатель находится в списке запрещенных личностей",
        uz: "Qabul qiluvchi taqiqlangan shaxslar ro‘yxatiga kiritilgan",
        en: "The recipient is on the list of banned persons",
    }
    /// A member of `params` is unknown, given twice, of the wrong type or has a bad value;
    /// `data.field` names it. Correct the call. With `data.reason` `ext_id_reused`, the `extId`
    /// belongs to an earlier call with other params.
    InvalidInput = -32401 "INVALID_INPUT" retry No {
        ru: "Некорректный ввод данных",
        uz: "Ma’lumotlar noto‘g‘ri kiritilgan",
        en: "Invalid input data",
    }
    /// The document's second code for `CARD_BLACKLISTED` (-32388). Treat it alike: the cardholder must ask the bank
    /// or use another card.
    CardOnBlacklist = -32402 "CARD_ON_BLACKLIST" retry No {
        ru: "Карта находится в чёрном списке",
        uz: "Karta qora ro‘yxatga kiritilgan",
        en: "Card is blacklisted",
    }
    /// The network refused for a reason that no other code names; `data.processingCode` has the network's own code.
    /// The cardholder must ask the bank or use another card.
    DeclinedByNetwork = -32403 "DECLINED_BY_NETWORK" retry No {
        ru: "Отказано процессинговым центром. Обратитесь в банк",
        uz: "Protsessing markazi rad etdi. Bankka murojaat qiling",
        en: "Declined by the processing centre. Contact your bank",
    }
    /// The recipient's card has expired.
    /// The payer must choose another card to send to.
    RecipientCardExpired = -32404 "RECIPIENT_CARD_EXPIRED" retry No {
        ru: "Истёк срок действия карты получателя",
        uz: "Qabul qiluvchi kartasining amal qilish muddati tugagan",
        en: "The recipient's card has expired",
    }
    /// A wrong PIN was entered on the recipient's card too many times.
    /// The payer must choose another card to send to, or the recipient ask the bank.
    RecipientPinTriesExceeded = -32405 "RECIPIENT_PIN_TRIES_EXCEEDED" retry No {
        ru: "Превышено допустимое количество попыток ввода PIN-кода на карте получателя",
        uz: "Qabul qiluvchi kartasida PIN-kodni kiritish uchun ruxsat etilgan urinishlar soni oshib ketdi",
        en: "The allowed number of PIN attempts on the recipient's card is exceeded",
    }
    /// The network refused because of a fault of its own, or asked for another fee than was quoted; no money was
    /// moved. Repeat the call later, with a new `extId`; if the error persists, the cardholder must ask the bank.
    ProcessingSystemError = -32406 "PROCESSING_SYSTEM_ERROR" retry Later {
        ru: "Системная ошибка на стороне процессинга. Обратитесь в банк",
        uz: "Protsessing tomonida tizim xatosi. Bankka murojaat qiling",
        en: "System error on the processing side. Contact your bank",
    }
    /// The card was issued in a country that is not on the list of allowed ones.
    /// The cardholder must use another card.
    CountryNotAllowed = -32407 "COUNTRY_NOT_ALLOWED" retry No {
        ru: "Данная карта не входит в список разрешенных стран",
        uz: "Ushbu karta ruxsat etilgan mamlakatlar ro‘yxatiga kirmaydi",
        en: "This card is not in the list of allowed countries",
    }
    /// The recipient's card is blocked.
    /// The payer must choose another card to send to.
    RecipientCardBlocked = -32408 "RECIPIENT_CARD_BLOCKED" retry No {
        ru: "Карта получателя заблокирована",
        uz: "Qabul qiluvchining kartasi bloklangan",
        en: "The recipient's card is blocked",
    }
    /// The operation is not possible with a card in a foreign currency.
    /// The cardholder must use a card in soum.
    CurrencyCardNotAllowed = -32409 "CURRENCY_CARD_NOT_ALLOWED" retry No {
        ru: "Валютные карты недоступны для данной операции",
        uz: "Bu amal uchun valyuta kartalaridan foydalanib bo‘lmaydi",
        en: "Foreign currency cards are not available for this operation",
    }
    /// Concerns bill payments, which this gateway does not offer: the billing system's bank details
    /// are wrong. Treat it as a refusal.
    InvalidBillingDetails = -32410 "INVALID_BILLING_DETAILS" retry No {
        ru: "Биллинговая система не правильно указала свои банковские реквизиты",
        uz: "Billing tizimi o‘z bank rekvizitlarini noto‘g‘ri ko‘rsatgan",
        en: "The billing system has given wrong bank details of its own",
    }
    /// The recipient's bank details are wrong.
    /// Check the values that were sent.
    InvalidRecipientDetails = -32411 "INVALID_RECIPIENT_DETAILS" retry No {
        ru: "Ошибка в реквизите Получателя",
        uz: "Qabul qiluvchi rekvizitida xatolik bor",
        en: "Error in the Recipient's details",
    }
}
