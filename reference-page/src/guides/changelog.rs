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
                "New methods: `transactions.list`, `cards.list`, `cards.info`, `cards.remove`. Permissions `cards.*` and `transactions.*` cover them: narrow those who shall not remove cards.",
                "Новые методы: `transactions.list`, `cards.list`, `cards.info`, `cards.remove`. Права `cards.*` и `transactions.*` распространяются и на них: сузьте права тех, кто не должен удалять карты.",
                "Yangi metodlar: `transactions.list`, `cards.list`, `cards.info`, `cards.remove`. `cards.*` va `transactions.*` huquqlari ularni ham qamraydi: kartalarni o‘chirmasligi kerak bo‘lganlarning huquqini toraytiring.",
            ),
            text!(
                "[Partial charges and refunds](#partial-amounts), [webhooks](#webhooks), [documented HTTP paths](#paths), the sandbox's clock and its fault `code_after`.",
                "[Частичные списания и возвраты](#partial-amounts), [вебхуки](#webhooks), [документированные пути](#paths), часы песочницы и её сбой `code_after`.",
                "[Qisman yechish va qaytarish](#partial-amounts), [vebxuklar](#webhooks), [hujjatdagi yo‘llar](#paths), sinov muhiti soati va `code_after` nosozligi.",
            ),
            text!(
                "Transfers take [`sender`](#p2p.humo2humo--sender), the person who sends.",
                "Переводы принимают [`sender`](#p2p.humo2humo--sender) — кто отправляет.",
                "O‘tkazmalar [`sender`](#p2p.humo2humo--sender) ni — kim jo‘natishini — oladi.",
            ),
            text!(
                "Types generated from the OpenRPC document have other names. The members `x-name`, `x-meaning`, `x-messages` and `x-repeat-can-help` of `components.errors` are in `x-errors` now.",
                "Типы, сгенерированные из документа OpenRPC, называются иначе. Члены `x-name`, `x-meaning`, `x-messages` и `x-repeat-can-help` из `components.errors` теперь в `x-errors`.",
                "OpenRPC hujjatidan yaratilgan tiplarning nomlari o‘zgardi. `components.errors` dagi `x-name`, `x-meaning`, `x-messages` va `x-repeat-can-help` endi `x-errors` da.",
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
