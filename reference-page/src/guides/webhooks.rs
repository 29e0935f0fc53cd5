//! Webhooks: what arrives, and how it is verified.

use super::block::{Block, Guide};
use crate::samples::Language;
use crate::text::{Text, text};

pub(crate) static WEBHOOKS: Guide = Guide {
    id: "webhooks",
    title: text!("Webhooks", "Вебхуки", "Vebxuklar"),
    blocks: &[
        Block::Paragraph(text!(
            "The gateway calls your address when a transaction reaches a status other than `awaiting_code` and `processing` and no reply told you so, or when a part of a payment was given back and no reply told you. A code that was not entered in time is no event. The gateway's operator sets the address and gives you the secret.",
            "Шлюз вызывает ваш адрес, когда транзакция получает любой статус, кроме `awaiting_code` и `processing`, и ни один ответ вам этого не сообщил, а также когда без такого ответа возвращена часть платежа. Код, который не ввели вовремя, — не событие. Адрес задаёт оператор шлюза, он же выдаёт секрет.",
            "Tranzaksiya `awaiting_code` va `processing` dan boshqa holatga o‘tsa va hech bir javob sizga buni aytmagan bo‘lsa, shlyuz manzilingizni chaqiradi; to‘lovning bir qismi shunday javobsiz qaytarilganda ham. Vaqtida kiritilmagan kod hodisa emas. Manzilni shlyuz operatori belgilaydi va maxfiy kalitni beradi.",
        )),
        Block::Table {
            head: &[
                text!("Event", "Событие", "Hodisa"),
                text!("When", "Когда", "Qachon"),
            ],
            rows: &[
                &[
                    Text::same("`transaction.settled`"),
                    text!(
                        "an outcome that was unknown is known, or the reply with it did not reach you; `data.status` says which",
                        "неизвестный исход установлен, или ответ с ним до вас не дошёл; какой именно, говорит `data.status`",
                        "noma’lum natija aniqlandi yoki natija aytilgan javob sizga yetmadi; qaysi biri ekanini `data.status` aytadi"
                    ),
                ],
                &[
                    Text::same("`transaction.reversed`"),
                    text!(
                        "a payment was given back, or a part of it: then `data.status` is `succeeded`",
                        "возвращён платёж или его часть: тогда `data.status` — `succeeded`",
                        "to‘lov yoki uning bir qismi qaytarildi: qismda `data.status` — `succeeded`"
                    ),
                ],
                &[
                    Text::same("`hold.expired`"),
                    text!(
                        "a hold came to its end without being charged, and its money is free",
                        "холд закончился без списания, деньги свободны",
                        "xold yechilmasdan tugadi, pul bo‘shadi"
                    ),
                ],
                &[
                    Text::same("`transaction.manual`"),
                    text!(
                        "the outcome could not be found out, and people are looking into it",
                        "исход установить не удалось, им занимаются люди",
                        "natijani aniqlab bo‘lmadi, u bilan odamlar shug‘ullanmoqda"
                    ),
                ],
                &[
                    Text::same("`webhook.test`"),
                    text!(
                        "the operator tries your address; `data` is empty",
                        "оператор проверяет ваш адрес; `data` пуст",
                        "operator manzilingizni tekshirmoqda; `data` bo‘sh"
                    ),
                ],
            ],
        },
        Block::Table {
            head: &[
                text!("Header", "Заголовок", "Sarlavha"),
                text!("What it is", "Что это", "Bu nima"),
            ],
            rows: &[
                &[
                    Text::same("`webhook-id`"),
                    text!(
                        "the event's id, as in the body; the same at every try",
                        "номер события, как в теле; один и тот же во всех попытках",
                        "hodisa raqami, tanadagi kabi; har urinishda bir xil"
                    ),
                ],
                &[
                    Text::same("`webhook-timestamp`"),
                    text!(
                        "when this try was made, UNIX seconds",
                        "время этой попытки, секунды UNIX",
                        "shu urinish vaqti, UNIX soniyalarida"
                    ),
                ],
                &[
                    Text::same("`webhook-signature`"),
                    text!(
                        "`v1,` and a signature; two of them, separated by a blank, while the secret is being changed",
                        "`v1,` и подпись; пока секрет меняется, две через пробел",
                        "`v1,` va imzo; kalit almashtirilayotganda bo‘sh joy bilan ajratilgan ikkita"
                    ),
                ],
            ],
        },
        Block::Json(
            text!(
                "The body of a webhook, shortened",
                "Тело вебхука, сокращённо",
                "Vebxuk tanasi, qisqartirilgan"
            ),
            r#"{"type": "transaction.settled", "id": "evt_01933c4d8f7e7c3a9a54b7d5f0a1c2e3", "createdAt": 1693219532437, "data": {"transactionId": 2557767, "extId": "order-1042", "kind": "debit", "status": "succeeded", "amount": 500000}}"#,
        ),
        Block::List(&[
            text!(
                "`data` is the transaction as it was then, with all members of `transactions.get`.",
                "`data` — транзакция, какой она была в тот момент, со всеми членами `transactions.get`.",
                "`data` — tranzaksiyaning o‘sha paytdagi ko‘rinishi, `transactions.get` ning barcha a’zolari bilan.",
            ),
            text!(
                "Answer 2xx within 15 seconds, as soon as you have stored it. Anything else, redirects included, is tried again after 5 seconds, 5 and 30 minutes, then 2, 5, 10, 14, 20 and 24 hours, each up to a tenth longer: ten tries in a little more than three days. 410 switches your webhook off.",
                "Отвечайте 2xx в течение 15 секунд, как только сохранили событие. Всё остальное, включая перенаправления, повторяется через 5 секунд, 5 и 30 минут, затем через 2, 5, 10, 14, 20 и 24 часа (каждая пауза может быть на десятую длиннее): десять попыток за три с небольшим дня. 410 отключает ваш вебхук.",
                "Hodisani saqlagan zahotingiz 15 soniya ichida 2xx javob bering. Boshqa hammasi, yo‘naltirishlar ham, 5 soniya, 5 va 30 daqiqa, so‘ng 2, 5, 10, 14, 20 va 24 soatdan keyin (har bir tanaffus o‘ndan biriga uzayishi mumkin) takrorlanadi: uch kundan sal ko‘proq vaqtda o‘nta urinish. 410 vebxukingizni o‘chiradi.",
            ),
            text!(
                "Remember ids for longer than three days: an event can arrive more than once. Those of one transaction arrive in their order.",
                "Помните номера событий дольше трёх дней: событие может прийти не раз. События одной транзакции приходят по порядку.",
                "Hodisa raqamlarini uch kundan uzoqroq saqlang: hodisa bir necha marta kelishi mumkin. Bitta tranzaksiya hodisalari tartib bilan keladi.",
            ),
            text!(
                "It is signed as [Standard Webhooks](https://www.standardwebhooks.com) says, over `id.timestamp.body`. Check the raw body before anything parses it, and refuse what is more than five minutes old. The key is what the secret holds after `whsec_`, decoded from base64.",
                "Подпись — по [Standard Webhooks](https://www.standardwebhooks.com), над `id.timestamp.body`. Проверяйте исходное тело до разбора и отвергайте то, чему больше пяти минут. Ключ — часть секрета после `whsec_`, раскодированная из base64.",
                "Imzo [Standard Webhooks](https://www.standardwebhooks.com) bo‘yicha, `id.timestamp.body` ustidan. Tanani o‘qishdan oldin asl holida tekshiring va besh daqiqadan eskisini rad eting. Kalit — maxfiy kalitning `whsec_` dan keyingi, base64 dan ochilgan qismi.",
            ),
            text!(
                "To change the secret, ask the operator for a new one. Both sign for 24 hours, or as long as the operator sets, up to 168. You have two secrets at most.",
                "Чтобы сменить секрет, попросите у оператора новый. Оба подписывают 24 часа или столько, сколько задаст оператор, до 168. Секретов у вас не больше двух.",
                "Maxfiy kalitni almashtirish uchun operatordan yangisini so‘rang. Ikkalasi 24 soat yoki operator belgilagan muddat, 168 soatgacha, imzolaydi. Sizda ko‘pi bilan ikkita maxfiy kalit bo‘ladi.",
            ),
            text!(
                "The address is `https://` with a name that resolves to public addresses only. In the sandbox `http://127.0.0.1` is taken, too.",
                "Адрес — `https://` с именем, за которым только публичные адреса. В песочнице годится и `http://127.0.0.1`.",
                "Manzil — `https://` va faqat ommaviy manzillarga olib boradigan nom. Sinov muhitida `http://127.0.0.1` ham qabul qilinadi.",
            ),
            text!(
                "A test event is tried once.",
                "Проверочное событие отправляется один раз.",
                "Sinov hodisasi bir marta yuboriladi.",
            ),
            text!(
                "To try it in the sandbox, the operator runs `aloqa-gateway partner webhook set demo http://127.0.0.1:9000/`. Then lose a reply with a fault (`drop_after`), or let the clock end a hold.",
                "Чтобы попробовать в песочнице, оператор выполняет `aloqa-gateway partner webhook set demo http://127.0.0.1:9000/`. Затем потеряйте ответ с помощью сбоя (`drop_after`) или дайте часам закончить холд.",
                "Sinov muhitida sinash uchun operator `aloqa-gateway partner webhook set demo http://127.0.0.1:9000/` buyrug‘ini bajaradi. So‘ng nosozlik (`drop_after`) bilan javobni yo‘qoting yoki soat bilan xoldni tugating.",
            ),
            text!(
                "A check of the signature in Go and in TypeScript is in the folder `examples/` beside the gateway's code.",
                "Проверка подписи на Go и TypeScript есть в папке `examples/` рядом с кодом шлюза.",
                "Imzoni Go va TypeScriptda tekshirish shlyuz kodi yonidagi `examples/` papkasida bor.",
            ),
        ]),
        Block::Programs(
            text!(
                "Verify a webhook",
                "Проверить вебхук",
                "Vebxukni tekshirish"
            ),
            &[
                (Language::Curl, SHELL),
                (Language::Python, PYTHON),
                (Language::JavaScript, JAVASCRIPT),
                (Language::Php, PHP),
                (Language::Rust, RUST),
            ],
        ),
    ],
};

const SHELL: &str = r#"# With the headers in $ID, $TIMESTAMP, $SIGNATURE and the body in body.json; $SECRET is whsec_…
age=$(($(date +%s) - TIMESTAMP))
[ "$age" -le 300 ] && [ "$age" -ge -300 ] || { echo bad; exit 1; }
key=$(printf %s "${SECRET#whsec_}" | base64 -d | od -An -v -tx1 | tr -d ' \n')
mine=$({ printf '%s.%s.' "$ID" "$TIMESTAMP"; cat body.json; } |
  openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64)
case " $SIGNATURE " in *" v1,$mine "*) echo good ;; *) echo bad; exit 1 ;; esac"#;

const PYTHON: &str = r#"import base64
import hashlib
import hmac
import time

def verify(secret: str, headers: dict[str, str], body: bytes) -> bool:
  """secret is "whsec_…"; the names in headers are lower case."""
  if abs(time.time() - int(headers["webhook-timestamp"])) > 300:
    return False
  key = base64.b64decode(secret.removeprefix("whsec_"))
  signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
  mine = b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
  given = headers["webhook-signature"].encode().split(b" ")
  return any(hmac.compare_digest(mine, one) for one in given)"#;

const JAVASCRIPT: &str = r#"import { createHmac, timingSafeEqual } from "node:crypto";

// secret is "whsec_…", headers those of node:http, body a Buffer.
export function verify(secret, headers, body) {
  const stamp = headers["webhook-timestamp"];
  if (!(Math.abs(Date.now() / 1000 - Number(stamp)) <= 300)) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const mine = createHmac("sha256", key)
    .update(`${headers["webhook-id"]}.${stamp}.`).update(body).digest();
  return headers["webhook-signature"].split(" ").some((one) => {
    const given = Buffer.from(one.replace(/^v1,/, ""), "base64");
    return given.length === mine.length && timingSafeEqual(given, mine);
  });
}"#;

const PHP: &str = r#"<?php
function verify(string $secret, string $body): bool {
  $stamp = $_SERVER["HTTP_WEBHOOK_TIMESTAMP"];
  if (abs(time() - (int) $stamp) > 300) return false;
  $key = base64_decode(preg_replace("/^whsec_/", "", $secret));
  $signed = $_SERVER["HTTP_WEBHOOK_ID"] . "." . $stamp . "." . $body;
  $mine = "v1," . base64_encode(hash_hmac("sha256", $signed, $key, true));
  foreach (explode(" ", $_SERVER["HTTP_WEBHOOK_SIGNATURE"]) as $given) {
    if (hash_equals($mine, $given)) return true;
  }
  return false;
}
// verify($secret, file_get_contents("php://input"))"#;

const RUST: &str = r#"// cargo add base64 hmac@0.13 sha2@0.11
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// `secret` is "whsec_…"; `now` is in UNIX seconds.
fn verify(secret: &str, id: &str, stamp: &str, signatures: &str, body: &[u8], now: i64) -> bool {
    let key = secret.strip_prefix("whsec_").and_then(|text| STANDARD.decode(text).ok());
    let (Some(key), Ok(sent)) = (key, stamp.parse::<i64>()) else {
        return false;
    };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key) else {
        return false;
    };
    mac.update(format!("{id}.{stamp}.").as_bytes());
    mac.update(body);
    let given = signatures.split(' ').filter_map(|one| one.strip_prefix("v1,"));
    let mut given = given.filter_map(|one| STANDARD.decode(one).ok());
    now.abs_diff(sent) <= 300 && given.any(|one| mac.clone().verify_slice(&one).is_ok())
}"#;
