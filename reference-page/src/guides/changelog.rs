//! What has changed for partners.

use super::block::{Block, Guide};
use crate::text::text;

pub(crate) static CHANGELOG: Guide = Guide {
    id: "changelog",
    title: text!("Changelog", "История изменений", "O‘zgarishlar tarixi"),
    blocks: &[
        Block::Heading(text!("Next version", "Следующая версия", "Keyingi versiya")),
        Block::List(&[
            text!(
                "This page: samples that run, every result in both envelopes, guides, three languages, a console in the sandbox.",
                "Эта страница: работающие примеры, каждый результат в обоих конвертах, руководства, три языка, консоль в песочнице.",
                "Ushbu sahifa: ishlaydigan namunalar, har bir natija ikkala konvertda, qo‘llanmalar, uch til, sinov muhitida konsol.",
            ),
            text!(
                "`data.reason` and `data.hint` say what is wrong and what to do.",
                "`data.reason` и `data.hint` говорят, что не так и что делать.",
                "`data.reason` va `data.hint` nima noto‘g‘ri va nima qilish kerakligini aytadi.",
            ),
            text!(
                "Partial charges and refunds, lists of transactions and cards, [webhooks](#webhooks), [documented HTTP paths](#paths), the sandbox's clock.",
                "Частичные списания и возвраты, списки транзакций и карт, [вебхуки](#webhooks), [документированные пути](#paths), часы песочницы.",
                "Qisman yechish va qaytarish, tranzaksiya va kartalar ro‘yxati, [vebxuklar](#webhooks), [hujjatdagi yo‘llar](#paths), sinov muhiti soati.",
            ),
            text!(
                "A code of a network is a refusal only if it proves one; every other answer is looked up at once.",
                "Код сети — отказ, только если он его доказывает; любой другой ответ сразу проверяется.",
                "Tarmoq kodi faqat isbotlasagina rad javobi bo‘ladi; boshqa har qanday javob darhol tekshiriladi.",
            ),
        ]),
        Block::Heading(text!(
            "0.1.0, 23 November 2026",
            "0.1.0, 23 ноября 2026",
            "0.1.0, 2026-yil 23-noyabr"
        )),
        Block::List(&[text!(
            "The first version: cards, debits, holds, transfers, history, `transactions.get`, `extId`.",
            "Первая версия: карты, списания, холды, переводы, история, `transactions.get`, `extId`.",
            "Birinchi versiya: kartalar, yechib olish, xoldlar, o‘tkazmalar, tarix, `transactions.get`, `extId`.",
        )]),
    ],
};
