//! Webhooks: what arrives, and how it is verified.

use super::block::{Block, Guide};
use crate::samples::Language;
use crate::text::{Text, text};

pub(crate) static WEBHOOKS: Guide = Guide {
    id: "webhooks",
    title: text!("Webhooks", "Вебхуки", "Vebxuklar"),
    blocks: &[
        Block::Paragraph(text!(
            "The gateway calls your address for every final state that you were not told in the reply that made it. The gateway's operator sets the address and gives you the secret.",
            "Шлюз вызывает ваш адрес при каждом конечном состоянии, о котором вы не узнали из ответа на свой вызов. Адрес задаёт оператор шлюза, он же выдаёт секрет.",
            "Shlyuz sizga chaqiruv javobida aytilmagan har bir yakuniy holat uchun manzilingizni chaqiradi. Manzilni shlyuz operatori belgilaydi va maxfiy kalitni beradi.",
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
                        "an outcome that was unknown is known; `data.status` says which",
                        "неизвестный исход установлен; какой именно, говорит `data.status`",
                        "noma’lum natija aniqlandi; qaysi biri ekanini `data.status` aytadi"
                    ),
                ],
                &[
                    Text::same("`transaction.reversed`"),
                    text!(
                        "a payment was given back",
                        "платёж возвращён",
                        "to‘lov qaytarildi"
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
            text!("The body of a webhook", "Тело вебхука", "Vebxuk tanasi"),
            r#"{"type": "transaction.settled", "id": "evt_01933c4d8f7e7c3a9a54b7d5f0a1c2e3", "createdAt": 1693219532437, "data": {"transactionId": 2557767, "extId": "order-1042", "kind": "debit", "status": "succeeded", "amount": 500000}}"#,
        ),
        Block::List(&[
            text!(
                "`data` is the transaction as `transactions.get` has it.",
                "`data` — транзакция в том виде, в каком её даёт `transactions.get`.",
                "`data` — `transactions.get` bergan ko‘rinishdagi tranzaksiya.",
            ),
            text!(
                "Answer 2xx within 15 seconds, as soon as you have stored it. Anything else, redirects included, is tried again with growing pauses: ten tries in a little more than three days. 410 switches your webhook off.",
                "Отвечайте 2xx в течение 15 секунд, как только сохранили событие. Всё остальное, включая перенаправления, повторяется с растущими паузами: десять попыток за три с небольшим дня. 410 отключает ваш вебхук.",
                "Hodisani saqlagan zahotingiz 15 soniya ichida 2xx javob bering. Boshqa hammasi, yo‘naltirishlar ham, ortib boruvchi tanaffuslar bilan takrorlanadi: uch kundan sal ko‘proq vaqtda o‘nta urinish. 410 vebxukingizni o‘chiradi.",
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
key=$(printf %s "${SECRET#whsec_}" | base64 -d | od -An -tx1 | tr -d ' \n')
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

const RUST: &str = r#"// cargo add base64 hmac@0.12 sha2@0.10
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// `secret` is "whsec_…"; `now` is in UNIX seconds.
fn verify(secret: &str, id: &str, stamp: &str, signatures: &str, body: &[u8], now: i64) -> bool {
    let fresh = stamp.parse::<i64>().is_ok_and(|at| (now - at).abs() <= 300);
    let key = STANDARD.decode(secret.trim_start_matches("whsec_"));
    let Ok(mac) = key.map_err(drop).and_then(|key| Hmac::<Sha256>::new_from_slice(&key).map_err(drop)) else {
        return false;
    };
    let mac = mac.chain_update(format!("{id}.{stamp}.")).chain_update(body);
    fresh && signatures.split(' ').any(|one| {
        let given = one.strip_prefix("v1,").and_then(|one| STANDARD.decode(one).ok());
        given.is_some_and(|given| mac.clone().verify_slice(&given).is_ok())
    })
}"#;
