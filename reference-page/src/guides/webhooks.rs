//! Webhooks: what arrives, and how it is verified.

use super::{Block, Guide};
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
                        "an outcome that was unknown is known: succeeded, held or declined",
                        "неизвестный исход установлен: успех, холд или отказ",
                        "noma’lum natija aniqlandi: muvaffaqiyat, xold yoki rad"
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
                        "a hold has ended, and its money is released",
                        "холд закончился, деньги освобождены",
                        "xold tugadi, pul bo‘shatildi"
                    ),
                ],
                &[
                    Text::same("`transaction.manual`"),
                    text!(
                        "people are looking into it",
                        "исходом занимаются люди",
                        "natija bilan odamlar shug‘ullanmoqda"
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
                "Answer 2xx within a few seconds. Anything else is tried again, with growing pauses, for three days. Events of one transaction come in their order.",
                "Отвечайте 2xx за несколько секунд. Иначе попытки повторяются с растущими паузами три дня. События одной транзакции приходят по порядку.",
                "Bir necha soniya ichida 2xx javob bering. Aks holda uch kun davomida ortib boruvchi tanaffuslar bilan qayta uriniladi. Bitta tranzaksiya hodisalari tartib bilan keladi.",
            ),
            text!(
                "The same event may come more than once: keep its `id`, which all tries share, and ignore a second one.",
                "Одно событие может прийти не раз: храните его `id`, общий для всех попыток, и пропускайте повтор.",
                "Bitta hodisa bir necha marta kelishi mumkin: barcha urinishlarda bir xil bo‘lgan `id` ni saqlang va takrorini tashlab yuboring.",
            ),
            text!(
                "It is signed as [Standard Webhooks](https://www.standardwebhooks.com) says. Verify the raw body before you parse it. While a secret is being changed, the header has two signatures.",
                "Подпись — по [Standard Webhooks](https://www.standardwebhooks.com). Проверяйте исходное тело до разбора. Пока секрет меняется, в заголовке две подписи.",
                "Imzo [Standard Webhooks](https://www.standardwebhooks.com) bo‘yicha. Tanani o‘qishdan oldin asl holida tekshiring. Kalit almashtirilayotganda sarlavhada ikkita imzo bo‘ladi.",
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
