//! How an operator finds a transaction: by anything that stands on a complaint.

use entity::ids::TransactionId;
use entity::transaction::Kind;
use entity::{partner, processing_request, transaction};
use hyper::StatusCode;
use maud::{Markup, html};
use rpc_schema::values::{Pan, is_card_like};

use super::form::Form;
use super::layout::{self, amount, badge, time, word};
use super::masked::{self, Cards};
use super::reply::{Reply, on_to, page};
use super::visitor::{House, Trouble, Visitor};
use crate::database::Fetch as _;
use crate::domain::call::Receipt;
use crate::domain::day::Day;
use crate::domain::told_phone::ToldPhone;
use crate::repository::transaction_search::{self as search, Walk};
use crate::repository::{partner as partners, request, transaction as transactions};

const AT: (&str, &str) = ("/console/search", "Search");

/// So many are shown,
const SHOWN: usize = 50;
/// so many are looked at in one search,
const LOOKED_AT: usize = 5_000;
/// and so many fetched at once.
const BATCH: u64 = 250;
/// The longest period, in days.
const LONGEST_PERIOD: i64 = 31;
/// The period if none is asked for.
const USUAL_PERIOD: i64 = 7;

/// What was asked for.
struct Asked<'a> {
    text: &'a str,
    partner: Option<&'a partner::Model>,
    from: Day,
    to: Day,
}

/// What a text could be, where it is no exact id.
enum Sought {
    /// Nothing: all of the period.
    All,
    /// A whole card number.
    Card(Pan),
    /// A card by what its mask shows: the digits in front, and those at the end.
    Mask(String, String),
    /// A card by digits that its mask hides: who tried them one after another would find them out.
    Hidden,
    /// A phone, from `998` on.
    Phone(String),
    /// What a network calls a payment or hold.
    Name(String),
}

/// What was found.
struct Found {
    rows: Vec<transaction::Model>,
    cards: Cards,
    /// So many were looked at.
    looked_at: usize,
    /// The period has more.
    is_cut: bool,
}

/// The empty form.
pub(super) async fn form(house: &House, visitor: &Visitor) -> Result<Reply, Trouble> {
    let known = partners::all(&*house.gateway.database).await?;
    let to = Day::of(house.gateway.clock.now());
    let asked = Asked {
        text: "",
        partner: None,
        from: usual_first(to),
        to,
    };
    let content = asking(visitor, &known, &asked, None);
    Ok(page(
        StatusCode::OK,
        layout::inside(house, visitor, AT, content),
    ))
}

/// The results of a search. A number or a phone is never part of an address, so that no log has it.
pub(super) async fn find(house: &House, visitor: &Visitor, sent: &Form) -> Result<Reply, Trouble> {
    let db = &*house.gateway.database;
    let known = partners::all(db).await?;
    let today = Day::of(house.gateway.clock.now());
    let to = Day::from_iso(sent.text("to")).unwrap_or(today);
    let from = Day::from_iso(sent.text("from")).unwrap_or_else(|| usual_first(to));
    let asked = Asked {
        text: sent.text("q"),
        partner: known.iter().find(|row| row.name == sent.text("partner")),
        from,
        to,
    };
    let render = |status, said: Option<&str>, results: Markup| {
        let content = html! { (asking(visitor, &known, &asked, said)) (results) };
        page(status, layout::inside(house, visitor, AT, content))
    };
    let days = from.days_until(to);
    if !(1..=LONGEST_PERIOD).contains(&days) {
        let said =
            format!("A period has 1 to {LONGEST_PERIOD} days; the last is not before the first.");
        return Ok(render(StatusCode::BAD_REQUEST, Some(&said), html! {}));
    }
    let exact = exact(house, &known, asked.text).await?;
    let sought = Sought::of(asked.text);
    let about = sought.told(asked.text);
    if let Sought::Hidden = sought {
        house
            .shown(visitor, "console.search", about, "0 found".to_owned())
            .await?;
        let said =
            "A card is sought by what its mask shows: six digits in front and four at the end.";
        return Ok(render(StatusCode::BAD_REQUEST, Some(said), html! {}));
    }
    if let [id] = exact.as_slice() {
        let detail = format!("found transaction {id}");
        house
            .shown(visitor, "console.search", about, detail)
            .await?;
        return Ok(on_to(&format!("/console/transactions/{id}"), None));
    }
    let found = match exact.as_slice() {
        [] => walked(house, &asked, &sought).await?,
        ids => these(house, ids).await?,
    };
    let detail = format!("{} found", found.rows.len());
    house
        .shown(visitor, "console.search", about, detail)
        .await?;
    if let ([one], false) = (found.rows.as_slice(), asked.text.is_empty()) {
        return Ok(on_to(&format!("/console/transactions/{}", one.id), None));
    }
    let results = results(&known, &found);
    Ok(render(StatusCode::OK, None, results))
}

impl Sought {
    fn of(text: &str) -> Self {
        if text.is_empty() {
            return Self::All;
        }
        let signs: String = text
            .chars()
            .filter(|sign| !sign.is_whitespace() && *sign != '-')
            .collect();
        let digits = signs.chars().filter(char::is_ascii_digit).count();
        let is_mask = signs
            .chars()
            .all(|sign| sign.is_ascii_digit() || "*xX•".contains(sign));
        if is_mask && digits < signs.chars().count() && digits >= 4 {
            return Self::masked(&signs);
        }
        if let Some(pan) = Pan::parse(&signs).filter(|_| is_card_like(&signs)) {
            return Self::Card(pan);
        }
        let phone = ToldPhone::read(text).and_then(|told| told.whole());
        match phone {
            Some(phone) => Self::Phone(phone.digits().to_owned()),
            None => Self::Name(text.to_owned()),
        }
    }

    /// A card by a mask. Only what every mask shows can be asked for: six digits in front, and four at the end.
    fn masked(signs: &str) -> Self {
        let is_hidden = |sign: char| !sign.is_ascii_digit();
        let front = signs.split(is_hidden).next().unwrap_or_default();
        let end = signs.rsplit(is_hidden).next().unwrap_or_default();
        let shown = signs.chars().filter(char::is_ascii_digit).count();
        match front.len() <= 6 && end.len() <= 4 && front.len() + end.len() == shown {
            true => Self::Mask(front.to_owned(), end.to_owned()),
            false => Self::Hidden,
        }
    }

    /// For the audit log, which keeps no whole number.
    fn told(&self, text: &str) -> String {
        match self {
            Self::All => "all of a period".to_owned(),
            Self::Card(pan) => format!("card {}", pan.mask()),
            Self::Mask(front, end) => format!("card {front}*{end}"),
            Self::Hidden => "a card by hidden digits".to_owned(),
            Self::Phone(digits) => format!("phone {}", masked::phone(digits)),
            Self::Name(_) if hides_a_number(text) => {
                "what may be a card number or a phone".to_owned()
            }
            Self::Name(_) => text.to_owned(),
        }
    }

    /// Whether a transaction is one of those that are sought.
    fn fits(
        &self,
        row: &transaction::Model,
        cards: &Cards,
        calls: &[processing_request::Model],
    ) -> bool {
        match self {
            Self::All => true,
            Self::Card(sought) => cards.of(row).any(|pan| pan.digits() == sought.digits()),
            Self::Mask(front, end) => cards.of(row).any(|pan| {
                let digits = pan.digits();
                digits.starts_with(front.as_str()) && digits.ends_with(end.as_str())
            }),
            Self::Hidden => false,
            Self::Phone(digits) => cards.phones(row).any(|phone| phone == digits),
            Self::Name(name) => {
                let own = calls.iter().filter(|call| call.transaction_id == row.id);
                let mut receipts = own.filter_map(|call| call.receipt.as_deref());
                receipts.any(|receipt| is_named(receipt, name))
            }
        }
    }
}

/// Whether a text has a number of a card or a phone in it, however its digits are parted.
fn hides_a_number(text: &str) -> bool {
    let signs: String = text.chars().filter(|sign| sign.is_alphanumeric()).collect();
    let mut runs = signs.split(|sign: char| !sign.is_ascii_digit());
    runs.any(|run| is_card_like(run) || (run.len() == 12 && run.starts_with("998")))
}

/// Whether a network knows the payment or hold of this receipt under this name. People leave out the zeros in front.
fn is_named(receipt: &str, name: &str) -> bool {
    let Ok(receipt) = serde_json::from_str::<Receipt>(receipt) else {
        return false;
    };
    let bare = |text: &str| text.trim_start_matches('0').to_owned();
    let names = [
        receipt.network_id,
        receipt.ref_num,
        receipt.rrn,
        receipt.apr_code,
    ];
    let sought = bare(name);
    !sought.is_empty() && names.iter().any(|known| bare(known) == sought)
}

/// The transactions that a text names by an id of ours or of a partner.
async fn exact(
    house: &House,
    known: &[partner::Model],
    text: &str,
) -> Result<Vec<TransactionId>, Trouble> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let db = &*house.gateway.database;
    let mut ids = Vec::new();
    if let Ok(number) = text.parse() {
        let found = transactions::get(db, TransactionId(number)).await?;
        ids.extend(found.map(|row| row.id));
    }
    let partners: Vec<_> = known.iter().map(|row| row.id).collect();
    ids.extend(search::with_ext_id(db, &partners, text).await?);
    ids.extend(search::with_reference(db, text).await?);
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

async fn these(house: &House, ids: &[TransactionId]) -> Result<Found, Trouble> {
    let mut rows = Vec::new();
    for id in ids {
        rows.extend(transactions::get(&*house.gateway.database, *id).await?);
    }
    Ok(Found {
        cards: masked::cards(house, &rows).await?,
        looked_at: rows.len(),
        rows,
        is_cut: false,
    })
}

/// A walk back through the period.
async fn walked(house: &House, asked: &Asked<'_>, sought: &Sought) -> Result<Found, Trouble> {
    let db = &*house.gateway.database;
    let (from, until) = (asked.from.begins_at(), asked.to.ends_at());
    let mut found = Found {
        rows: Vec::new(),
        cards: Cards::default(),
        looked_at: 0,
        is_cut: false,
    };
    let mut walk = match asked.partner {
        Some(partner) => Walk::OfPartner {
            partner_id: partner.id,
            from,
            before: (until, TransactionId(0)),
        },
        None => {
            let Some(first) = search::first_since(db, from).await? else {
                return Ok(found);
            };
            let behind = search::first_since(db, until).await?;
            Walk::OfAll {
                first,
                before: behind.unwrap_or(TransactionId(i64::MAX)),
            }
        }
    };
    loop {
        let batch = walk.step(BATCH).fetch_all(db).await?;
        let Some(last) = batch.last() else {
            break;
        };
        walk = walk.behind(last);
        found.looked_at += batch.len();
        let cards = match sought {
            Sought::Card(_) | Sought::Mask(..) | Sought::Phone(_) => {
                masked::cards(house, &batch).await?
            }
            Sought::All | Sought::Hidden | Sought::Name(_) => Cards::default(),
        };
        let calls = match sought {
            Sought::Name(_) => {
                let ids: Vec<_> = batch.iter().map(|row| row.id).collect();
                request::of_transactions(db, &ids).await?
            }
            Sought::All
            | Sought::Card(_)
            | Sought::Mask(..)
            | Sought::Hidden
            | Sought::Phone(_) => Vec::new(),
        };
        let fitting = batch
            .into_iter()
            .filter(|row| sought.fits(row, &cards, &calls));
        found.rows.extend(fitting);
        if found.rows.len() > SHOWN || found.looked_at >= LOOKED_AT {
            found.is_cut = true;
            break;
        }
    }
    found.rows.truncate(SHOWN);
    found.cards = masked::cards(house, &found.rows).await?;
    Ok(found)
}

fn usual_first(last: Day) -> Day {
    Day::of(last.begins_at() - (USUAL_PERIOD - 1) * 86_400_000)
}

fn asking(
    visitor: &Visitor,
    known: &[partner::Model],
    asked: &Asked<'_>,
    said: Option<&str>,
) -> Markup {
    html! {
        @if let Some(said) = said { p.notice role="alert" { (said) } }
        form.search method="post" action="/console/search" {
            input type="hidden" name="token" value=(visitor.form_token);
            div.field.wide {
                label for="q" { "Transaction id, extId, reference, card or phone" }
                input #q name="q" value=(asked.text) autocomplete="off" spellcheck="false" autocapitalize="none"
                    aria-describedby="q-help" autofocus;
            }
            div.field {
                label for="partner" { "Partner" }
                select #partner name="partner" {
                    option value="" { "any" }
                    @for row in known {
                        option selected[asked.partner.is_some_and(|one| one.id == row.id)] { (row.name) }
                    }
                }
            }
            div.field { label for="from" { "From day" } input #from type="date" name="from" value=(asked.from.iso()); }
            div.field { label for="to" { "To day" } input #to type="date" name="to" value=(asked.to.iso()); }
            button type="submit" { "Search" }
        }
        p.hint #q-help {
            "Ids, " code { "extId" } "s and our references are found whatever the period. Cards as " code { "*1332" } " or "
            code { "860001*****1332" } ", phones, and what a network calls a payment are sought within it. Without a text: all of it."
        }
    }
}

fn results(known: &[partner::Model], found: &Found) -> Markup {
    let name = |row: &transaction::Model| {
        let partner = known.iter().find(|one| one.id == row.partner_id);
        partner.map(|one| one.name.clone()).unwrap_or_default()
    };
    html! {
        h2 #results {
            @match found.rows.len() {
                0 => { "Nothing found" }
                1 => { "1 transaction" }
                count => { (count) " transactions" }
            }
        }
        @if found.is_cut {
            p.notice {
                "The newest " (found.looked_at) " of the period were looked at, and there are more: take a shorter period, or a partner."
            }
        } @else if found.rows.is_empty() {
            p { (found.looked_at) " transactions of the period were looked at." }
        }
        @if !found.rows.is_empty() {
            (table("Transactions that were found", found.rows.iter().map(|row| (row, name(row))), &found.cards))
        }
    }
}

fn table<'a>(
    caption: &str,
    rows: impl Iterator<Item = (&'a transaction::Model, String)>,
    cards: &Cards,
) -> Markup {
    let mask = |row: &transaction::Model| cards.paying(row).map(|pan| pan.mask());
    html! {
        div.scroll role="region" aria-label=(caption) tabindex="0" {
            table.cards {
                thead {
                    tr {
                        th scope="col" { "Id" } th scope="col" { "Status" } th scope="col" { "Kind" }
                        th.number scope="col" { "Amount, sum" } th scope="col" { "Network" } th scope="col" { "Card" }
                        th scope="col" { "Partner" } th scope="col" { "extId" } th scope="col" { "Created" }
                    }
                }
                tbody {
                    @for (row, partner) in rows {
                        tr {
                            th scope="row" data-name="Id" { a href=(format!("/console/transactions/{}", row.id)) { (row.id) } }
                            td data-name="Status" { (badge(&word(row.status))) }
                            td data-name="Kind" { (word(row.kind)) }
                            td.number data-name="Amount" { @if row.kind == Kind::Attachment { "–" } @else { (amount(row.amount)) } }
                            td data-name="Network" { (word(row.network)) }
                            td data-name="Card" { code { (mask(row).unwrap_or_else(|| "–".to_owned())) } }
                            td data-name="Partner" { (partner) }
                            td data-name="extId" { @if let Some(ext_id) = &row.ext_id { code { (ext_id) } } @else { "–" } }
                            td data-name="Created" { (time(row.created_at)) }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_taken_for_what_it_looks_like() {
        let taken = |text: &str| match Sought::of(text) {
            Sought::All => "all".to_owned(),
            Sought::Card(pan) => format!("card {}", pan.digits()),
            Sought::Mask(front, end) => format!("mask {front}*{end}"),
            Sought::Hidden => "hidden".to_owned(),
            Sought::Phone(digits) => format!("phone {digits}"),
            Sought::Name(name) => format!("name {name}"),
        };
        for (text, expected) in [
            ("", "all"),
            ("*1332", "mask *1332"),
            ("860001*****1332", "mask 860001*1332"),
            ("8600 01** **** 1332", "mask 860001*1332"),
            ("8600010*********", "hidden"),
            ("860001*****41332", "hidden"),
            ("860001**3**1332", "hidden"),
            ("8600 0101 3244 1332", "card 8600010132441332"),
            ("+998 90 123-45-67", "phone 998901234567"),
            ("901234567", "phone 998901234567"),
            ("000012345678", "name 000012345678"),
            ("order-7", "name order-7"),
        ] {
            assert_eq!(taken(text), expected, "{text}");
        }
    }

    #[test]
    fn the_audit_log_keeps_no_number() {
        for (text, told) in [
            ("8600 0101 3244 1332", "card 860001*****1332"),
            ("860001*****1332", "card 860001*1332"),
            ("8600010*********", "a card by hidden digits"),
            (
                "8600.0101.3244.1332",
                "what may be a card number or a phone",
            ),
            (
                "8600–0101–3244–1332",
                "what may be a card number or a phone",
            ),
            ("tel 998901234567", "what may be a card number or a phone"),
            ("000012345678", "000012345678"),
            ("order-7", "order-7"),
        ] {
            assert_eq!(Sought::of(text).told(text), told, "{text}");
        }
    }

    #[test]
    fn the_usual_period_is_a_week() {
        let last = Day::from_number(20_261_127).unwrap();
        assert_eq!(usual_first(last).number(), 20_261_121);
        assert_eq!(usual_first(last).days_until(last), USUAL_PERIOD);
    }

    #[test]
    fn a_network_knows_a_payment_by_several_names() {
        let receipt = r#"{"reference":"r","network_id":"","ref_num":"000012345678","apr_code":"004321","rrn":""}"#;
        for (name, expected) in [
            ("000012345678", true),
            ("12345678", true),
            ("4321", true),
            ("2345678", false),
            ("000", false),
        ] {
            assert_eq!(is_named(receipt, name), expected, "{name}");
        }
    }
}
