//! What is a partner told to do instead of what was refused? A sentence for people, in the language of the message. It holds
//! no value that the caller sent.

use crate::errors::Lang;
use crate::values::{Network, Rule};

/// A hint, before it is put into a language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// Nothing is served at this path.
    OneEndpoint,
    /// The path is that of a documented method.
    CallMethod(&'static str),
    /// The path is that of a documented method, and could be served.
    CallMethodOrServePaths(&'static str),
    /// The path takes these HTTP methods.
    AllowedMethods(&'static str),
    /// The request must name one host.
    HostInvalid,
    /// The gateway has other names.
    HostUnknown,
    /// A web page may not call.
    OriginForeign,
    /// The body must be declared as JSON.
    ContentType,
    /// The body must not be compressed.
    ContentEncoding,
    /// A header is there twice.
    HeaderTwice,
    /// The most bytes that a request may have before its body, and the most headers.
    HeadersLimit(usize, usize),
    /// A batch gets the document once.
    DiscoverOnce,
    /// The most bytes that a body may have.
    BodyLimit(usize),
    /// The body broke off.
    BodyIncomplete,
    /// The body came too slowly.
    BodyTimeout,
    /// There are no credentials.
    CredentialsMissing,
    /// The credentials are not right.
    CredentialsWrong,
    /// The header is not one of HTTP Basic.
    CredentialsNotBasic,
    /// Too many logins have failed.
    LockedOut,
    /// It may be asked again after so many seconds.
    TryAfter(i64),
    /// Nothing was done, and it may be tried again.
    TryAgain,
    /// Nothing of this call was done, and it may be tried again.
    TryCallAgain,

    /// There is no body.
    BodyEmpty,
    /// The body is not in UTF-8.
    NotUtf8,
    /// The body begins with a byte-order mark.
    ByteOrderMark,
    /// The body is not JSON.
    Syntax,

    /// The most calls that a batch may have.
    BatchLimit(usize),
    /// A batch without calls.
    BatchEmpty,
    /// A call is an object.
    NotAnObject,
    /// The body of a documented path of the A family is an object.
    AttachBody,
    /// A name is no Unicode text.
    NotUnicode,
    /// Another version of JSON-RPC.
    Version,
    /// What an `id` may be.
    Id,
    /// A member is given twice.
    Twice,
    /// A call without a method.
    MethodMissing,
    /// The body of a documented path, without its method.
    MethodOfPath,
    /// The method is no string.
    MethodInvalid,
    /// The params are neither an object nor nothing.
    ParamsInvalid,

    /// Params by position.
    ParamsByName,
    /// The rule that a value broke.
    Rule(Rule),

    /// The least amount, in tiyin.
    LeastAmount(i64),
    /// The greatest amount, in tiyin.
    GreatestAmount(i64),
    /// The amount from which on details of the sender are needed, in tiyin.
    SenderDetailsFrom(i64),
    /// The most days of a period.
    LongestPeriod(i64),
    /// The most messages to one phone on one day.
    MessagesPerDay(i64),
    /// The network of the card, for which the terminal would have to be registered.
    TerminalOf(Network),
}

/// The sentence of a language, with what is in scope put into it.
macro_rules! say {
    ($lang:expr, $uz:literal, $ru:literal, $en:literal) => {
        match $lang {
            Lang::Uz => format!($uz),
            Lang::Ru => format!($ru),
            Lang::En => format!($en),
        }
    };
}

mod rule;

impl Hint {
    /// The sentence in this language.
    #[must_use]
    pub fn text(self, lang: Lang) -> String {
        match self {
            Self::OneEndpoint => say!(
                lang,
                "Chaqiruvlarni POST / ga yuboring; ma’lumotnoma GET /docs da.",
                "Отправляйте вызовы на POST /; справочник — GET /docs.",
                "Send calls to POST /; the reference is at GET /docs."
            ),
            Self::CallMethod(name) => say!(
                lang,
                "{name} metodini POST / orqali chaqiring: {{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"{name}\", \"params\": {{…}}}}.",
                "Вызовите метод {name} через POST /: {{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"{name}\", \"params\": {{…}}}}.",
                "Call the method {name} by POST /: {{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"{name}\", \"params\": {{…}}}}."
            ),
            Self::CallMethodOrServePaths(name) => say!(
                lang,
                "{name} metodini POST / orqali chaqiring: {{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"{name}\", \"params\": {{…}}}}; yoki shlyuz operatoridan compat.http_paths ni yoqishni so‘rang.",
                "Вызовите метод {name} через POST /: {{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"{name}\", \"params\": {{…}}}}; или попросите оператора шлюза включить compat.http_paths.",
                "Call the method {name} by POST /: {{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"{name}\", \"params\": {{…}}}}; or ask the gateway's operator to turn compat.http_paths on."
            ),
            Self::AllowedMethods(methods) => say!(
                lang,
                "Bu yerda ruxsat etilgan: {methods}.",
                "Здесь разрешено: {methods}.",
                "Allowed here: {methods}."
            ),
            Self::HostInvalid => say!(
                lang,
                "Bitta Host sarlavhasini yuboring, so‘rov qatoridagi xost bilan.",
                "Отправьте один заголовок Host, с хостом из строки запроса.",
                "Send one header Host, with the host of the request line."
            ),
            Self::HostUnknown => say!(
                lang,
                "Shlyuz Host sarlavhasidagi nom bilan javob bermaydi. Boshqa nomni shlyuz operatori server.hosts da ko‘rsatadi.",
                "Под именем из заголовка Host шлюз не отвечает. Другое имя указывает оператор шлюза в server.hosts.",
                "The gateway does not answer to the name in Host. Its operator names others in server.hosts."
            ),
            Self::OriginForeign => say!(
                lang,
                "Veb-sahifadan chaqirib bo‘lmaydi: serverdan chaqiring. Sahifaga shlyuz operatori server.allowed_origins da, proksi orqasida server.hosts da ruxsat beradi.",
                "С веб-страницы вызывать нельзя: вызывайте с сервера. Страницу разрешает оператор шлюза в server.allowed_origins, за прокси — в server.hosts.",
                "A web page may not call: call from a server. The gateway's operator allows a page in server.allowed_origins, behind a proxy in server.hosts."
            ),
            Self::ContentType => say!(
                lang,
                "Content-Type: application/json yuboring, UTF-8 kodirovkasida.",
                "Отправьте Content-Type: application/json, в кодировке UTF-8.",
                "Send Content-Type: application/json, in UTF-8."
            ),
            Self::ContentEncoding => say!(
                lang,
                "So‘rov tanasini siqmasdan va Content-Encoding sarlavhasisiz yuboring.",
                "Отправьте тело без сжатия и без заголовка Content-Encoding.",
                "Send the body uncompressed and without Content-Encoding."
            ),
            Self::HeaderTwice => say!(
                lang,
                "Authorization va Content-Type sarlavhalarini bir martadan yuboring.",
                "Отправьте заголовки Authorization и Content-Type по одному разу.",
                "Send the headers Authorization and Content-Type once each."
            ),
            Self::HeadersLimit(bytes, headers) => say!(
                lang,
                "Sarlavhalar so‘rov qatori bilan birga ko‘pi bilan {bytes} bayt va {headers} ta bo‘lishi mumkin.",
                "Заголовки вместе со строкой запроса могут иметь не больше {bytes} байт, и их может быть не больше {headers}.",
                "The headers with the request line may have at most {bytes} bytes, and there may be at most {headers}."
            ),
            Self::DiscoverOnce => say!(
                lang,
                "Bitta paketda rpc.discover ni bir marta chaqiring.",
                "Вызывайте rpc.discover в одном пакете один раз.",
                "Call rpc.discover once in a batch."
            ),
            Self::BodyLimit(bytes) => say!(
                lang,
                "So‘rov tanasi ko‘pi bilan {bytes} bayt bo‘lishi mumkin.",
                "Тело запроса может иметь не больше {bytes} байт.",
                "A body may have at most {bytes} bytes."
            ),
            Self::BodyIncomplete => say!(
                lang,
                "So‘rov tanasi to‘liq kelmadi, hech narsa bajarilmadi. So‘rovni qayta yuboring.",
                "Тело запроса оборвалось, ничего не выполнено. Отправьте запрос снова.",
                "The body broke off, and nothing was done. Send the request again."
            ),
            Self::BodyTimeout => say!(
                lang,
                "So‘rov tanasi o‘z vaqtida kelmadi, hech narsa bajarilmadi. So‘rovni qayta yuboring.",
                "Тело запроса не пришло вовремя, ничего не выполнено. Отправьте запрос снова.",
                "The body did not arrive in time, and nothing was done. Send the request again."
            ),
            Self::CredentialsMissing => say!(
                lang,
                "Authorization sarlavhasini yuboring: Basic va base64(login:maxfiy kalit).",
                "Отправьте заголовок Authorization: Basic и base64(логин:секрет).",
                "Send the header Authorization: Basic and base64(user:secret)."
            ),
            Self::CredentialsWrong => say!(
                lang,
                "Login yoki maxfiy kalit noto‘g‘ri yoxud o‘chirilgan. Ularni tekshiring yoki shlyuz operatoridan so‘rang.",
                "Логин или секрет неверны либо отключены. Проверьте их или обратитесь к оператору шлюза.",
                "The user or the secret is wrong, or disabled. Check them, or ask the gateway's operator."
            ),
            Self::CredentialsNotBasic => say!(
                lang,
                "Authorization sarlavhasi HTTP Basic emas. Yuboring: Basic va base64(login:maxfiy kalit).",
                "Заголовок Authorization не в форме HTTP Basic. Отправьте: Basic и base64(логин:секрет).",
                "The header Authorization is not HTTP Basic. Send: Basic and base64(user:secret)."
            ),
            Self::LockedOut => say!(
                lang,
                "Bu manzildan juda ko‘p noto‘g‘ri urinish bo‘ldi. Maxfiy kalitni tekshiring va Retry-After sekunddan keyin qayta yuboring.",
                "С этого адреса было слишком много неверных попыток. Проверьте секрет и повторите через Retry-After секунд.",
                "Too many logins from this address have failed. Check the secret, and repeat after Retry-After seconds."
            ),
            Self::TryAfter(seconds) => say!(
                lang,
                "Hech narsa bajarilmadi. {seconds} sekunddan keyin qayta yuboring.",
                "Ничего не выполнено. Повторите через {seconds} с.",
                "Nothing was done. Repeat after {seconds} seconds."
            ),
            Self::TryAgain => say!(
                lang,
                "Hech narsa bajarilmadi. Retry-After sekunddan keyin qayta yuboring.",
                "Ничего не выполнено. Повторите через Retry-After секунд.",
                "Nothing was done. Repeat after Retry-After seconds."
            ),
            Self::TryCallAgain => say!(
                lang,
                "Hech narsa bajarilmadi. Chaqiruvni bir necha soniyadan keyin qayta yuboring.",
                "Ничего не выполнено. Повторите вызов через несколько секунд.",
                "Nothing was done. Repeat the call after a few seconds."
            ),
            Self::BodyEmpty => say!(
                lang,
                "So‘rov tanasi bo‘sh. JSON-RPC obyektini yuboring.",
                "Тело запроса пустое. Отправьте объект JSON-RPC.",
                "The body is empty. Send a JSON-RPC object."
            ),
            Self::NotUtf8 => say!(
                lang,
                "So‘rov tanasi UTF-8 kodirovkasida emas. Uni UTF-8 da yuboring.",
                "Тело запроса не в кодировке UTF-8. Отправьте его в UTF-8.",
                "The body is not in UTF-8. Send it in UTF-8."
            ),
            Self::ByteOrderMark => say!(
                lang,
                "So‘rov tanasi BOM (U+FEFF) belgisi bilan boshlanadi. Uni BOM siz yuboring.",
                "Тело начинается с метки порядка байтов (BOM, U+FEFF). Отправьте его без неё.",
                "The body begins with a byte-order mark (U+FEFF). Send it without."
            ),
            Self::Syntax => say!(
                lang,
                "data.line va data.column ko‘rsatgan joyda JSON buzilgan.",
                "JSON нарушен в месте, указанном в data.line и data.column.",
                "The JSON is broken where data.line and data.column say."
            ),
            Self::BatchLimit(calls) => say!(
                lang,
                "Bitta paketda ko‘pi bilan {calls} ta chaqiruv bo‘lishi mumkin; hech biri bajarilmadi.",
                "В одном пакете может быть не больше {calls} вызовов; ни один не выполнен.",
                "A batch may have at most {calls} calls; none was made."
            ),
            Self::BatchEmpty => say!(
                lang,
                "Paketda chaqiruv yo‘q. Kamida bitta yuboring.",
                "В пакете нет вызовов. Отправьте хотя бы один.",
                "The batch has no calls. Send at least one."
            ),
            Self::NotAnObject => say!(
                lang,
                "Chaqiruv JSON obyekti bo‘lishi kerak: {{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"…\", \"params\": {{…}}}}.",
                "Вызов должен быть объектом JSON: {{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"…\", \"params\": {{…}}}}.",
                "A call is a JSON object: {{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"…\", \"params\": {{…}}}}."
            ),
            Self::AttachBody => say!(
                lang,
                "Bu yo‘lda so‘rov tanasi JSON obyekti bo‘lishi kerak: {{\"id\": \"…\", \"params\": {{…}}}}.",
                "По этому пути тело — объект JSON: {{\"id\": \"…\", \"params\": {{…}}}}.",
                "At this path, the body is a JSON object: {{\"id\": \"…\", \"params\": {{…}}}}."
            ),
            Self::NotUnicode => say!(
                lang,
                "Nomlarda juftsiz surrogatlar (\\ud800 kabi) bo‘lmasin.",
                "В именах не должно быть непарных суррогатов, таких как \\ud800.",
                "A name must not have lone surrogates such as \\ud800."
            ),
            Self::Version => say!(
                lang,
                "\"jsonrpc\": \"2.0\" yuboring yoki bu maydonni yubormang.",
                "Отправьте \"jsonrpc\": \"2.0\" или не отправляйте это поле.",
                "Send \"jsonrpc\": \"2.0\", or leave the member out."
            ),
            Self::Id => say!(
                lang,
                "id satr, son yoki null bo‘lishi mumkin.",
                "id может быть строкой, числом или null.",
                "An id is a string, a number or null."
            ),
            Self::Twice => say!(
                lang,
                "data.field maydonini bir marta yuboring.",
                "Отправьте поле data.field один раз.",
                "Send the member data.field once."
            ),
            Self::MethodMissing => say!(
                lang,
                "method maydonida metod nomini yuboring; ro‘yxati GET /docs da.",
                "Укажите имя метода в поле method; список — GET /docs.",
                "Name the method in the member method; GET /docs lists them."
            ),
            Self::MethodOfPath => say!(
                lang,
                "Hujjatdagi yo‘l o‘rniga metod nomini yuboring: /cards/add uchun {{\"id\": 1, \"method\": \"cards.add\", \"params\": {{…}}}}.",
                "Вместо пути из документации укажите метод: для /cards/add это {{\"id\": 1, \"method\": \"cards.add\", \"params\": {{…}}}}.",
                "Instead of the documented path, name the method: for /cards/add {{\"id\": 1, \"method\": \"cards.add\", \"params\": {{…}}}}."
            ),
            Self::MethodInvalid => say!(
                lang,
                "method satr bo‘lishi kerak.",
                "method должен быть строкой.",
                "method is a string."
            ),
            Self::ParamsInvalid => say!(
                lang,
                "params obyekt bo‘lishi kerak, qiymatlar nomlari bilan.",
                "params должен быть объектом, значения по именам.",
                "params is an object, with its values by name."
            ),
            Self::ParamsByName => say!(
                lang,
                "Parametrlarni nomlari bilan, JSON obyektida yuboring.",
                "Отправьте параметры по именам, в объекте JSON.",
                "Send the params by name, in a JSON object."
            ),
            Self::Rule(rule) => rule::text(rule, lang),
            Self::LeastAmount(tiyin) => say!(
                lang,
                "Eng kam summa {tiyin} tiyin.",
                "Наименьшая сумма — {tiyin} тийин.",
                "The least amount is {tiyin} tiyin."
            ),
            Self::GreatestAmount(tiyin) => say!(
                lang,
                "Eng katta summa {tiyin} tiyin.",
                "Наибольшая сумма — {tiyin} тийин.",
                "The greatest amount is {tiyin} tiyin."
            ),
            Self::SenderDetailsFrom(tiyin) => say!(
                lang,
                "sender ni yuboring, yoki summa {tiyin} tiyindan kam bo‘lishi kerak.",
                "Отправьте sender, либо сумма должна быть меньше {tiyin} тийин.",
                "Send sender, or the amount must be below {tiyin} tiyin."
            ),
            Self::LongestPeriod(days) => say!(
                lang,
                "Davr ko‘pi bilan {days} kun bo‘lishi mumkin.",
                "Период может быть не длиннее {days} дн.",
                "A period may have at most {days} days."
            ),
            Self::MessagesPerDay(messages) => say!(
                lang,
                "Bitta raqamga Toshkent vaqti bilan kuniga ko‘pi bilan {messages} ta SMS yuboriladi.",
                "На один номер отправляется не больше {messages} SMS в сутки по ташкентскому времени.",
                "A phone gets at most {messages} SMS a day, by Tashkent's time."
            ),
            Self::TerminalOf(network) => {
                let network = network.name();
                say!(
                    lang,
                    "Karta {network} tarmog‘iniki: {network} da siz uchun ro‘yxatga olingan merchantId va terminalId ni yuboring.",
                    "Карта сети {network}: отправьте merchantId и terminalId, зарегистрированные для вас в {network}.",
                    "The card is of {network}: send a merchantId and terminalId that are registered for you at {network}."
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LANGS: [Lang; 3] = [Lang::Uz, Lang::Ru, Lang::En];

    #[test]
    fn a_hint_is_a_sentence_in_each_language() {
        let hints = [
            Hint::OneEndpoint,
            Hint::CallMethod("cards.add"),
            Hint::CallMethodOrServePaths("cards.add"),
            Hint::AllowedMethods("POST"),
            Hint::AttachBody,
            Hint::Rule(Rule::Moment),
            Hint::Rule(Rule::Choice),
            Hint::Rule(Rule::Cursor),
            Hint::BodyLimit(7),
            Hint::BatchLimit(7),
            Hint::MethodOfPath,
            Hint::LeastAmount(7),
            Hint::GreatestAmount(7),
            Hint::TerminalOf(Network::Humo),
            Hint::Rule(Rule::Pan),
            Hint::Rule(Rule::Object),
            Hint::Rule(Rule::PersonName),
            Hint::Rule(Rule::PastDay),
            Hint::Rule(Rule::Pinfl),
            Hint::Rule(Rule::ThreeDigits),
            Hint::Rule(Rule::DocumentNumber),
            Hint::Rule(Rule::DocumentSeries),
            Hint::Rule(Rule::ComingDay),
            Hint::Rule(Rule::Range {
                least: 1,
                greatest: 7,
            }),
        ];
        for hint in hints {
            let texts = LANGS.map(|lang| hint.text(lang));
            assert!(texts[0] != texts[1] && texts[1] != texts[2], "{texts:?}");
            for text in texts {
                assert!(text.ends_with('.') && !text.contains("  "), "{text}");
            }
        }
    }

    #[test]
    fn a_hint_names_its_limit_and_its_network() {
        for lang in LANGS {
            for (hint, word) in [
                (Hint::BodyLimit(32_768), "32768"),
                (Hint::BatchLimit(20), "20"),
                (Hint::LeastAmount(1_000), "1000"),
                (Hint::GreatestAmount(5_000), "5000"),
                (Hint::SenderDetailsFrom(9_000), "9000"),
                (Hint::LongestPeriod(92), "92"),
                (Hint::MessagesPerDay(10), "10"),
                (Hint::TerminalOf(Network::Uzcard), "UZCARD"),
                (Hint::CallMethod("cards.add"), r#""method": "cards.add""#),
                (
                    Hint::CallMethodOrServePaths("cards.add"),
                    r#""method": "cards.add""#,
                ),
                (
                    Hint::CallMethodOrServePaths("cards.add"),
                    "compat.http_paths",
                ),
            ] {
                let text = hint.text(lang);
                assert!(text.contains(word), "{text}");
            }
        }
    }
}
