//! The last rows of the audit log: who did what, when and from where.

use hyper::StatusCode;
use maud::html;

use super::layout::{self, time};
use super::reply::{Reply, page};
use super::visitor::{House, Trouble, Visitor};
use crate::repository::audit::{self, Wanted};

const AT: (&str, &str) = ("/console/audit", "Audit");

/// So many rows are shown.
const SHOWN: u64 = 100;

pub(super) async fn show(house: &House, visitor: &Visitor) -> Result<Reply, Trouble> {
    house
        .shown(visitor, "console.audit", String::new(), String::new())
        .await?;
    let wanted = Wanted {
        limit: SHOWN,
        ..Wanted::default()
    };
    let rows = audit::list(&*house.gateway.database, &wanted).await?;
    let content = html! {
        p.hint {
            "The last " (rows.len()) " rows, newest first. All of them, and whether the log is whole: "
            code.copy { "aloqa-gateway audit list" } " " code.copy { "aloqa-gateway audit verify" }
        }
        section aria-label="The last rows" {
            div.scroll role="region" aria-label="Rows of the audit log" tabindex="0" {
                table.cards {
                    thead {
                        tr {
                            th scope="col" { "When" } th scope="col" { "Who" } th scope="col" { "From" } th scope="col" { "What" }
                            th scope="col" { "To what" } th scope="col" { "Outcome" } th scope="col" { "Detail" }
                        }
                    }
                    tbody {
                        @for row in &rows {
                            tr {
                                td data-name="When" { (time(row.at)) }
                                td data-name="Who" { (row.who) }
                                td data-name="From" { (row.source) }
                                td data-name="What" { (row.action) }
                                td data-name="To what" { (row.object) }
                                td data-name="Outcome" { (row.outcome) }
                                td.text data-name="Detail" { (row.detail.chars().take(120).collect::<String>()) }
                            }
                        }
                    }
                }
            }
        }
    };
    Ok(page(
        StatusCode::OK,
        layout::inside(house, visitor, AT, content),
    ))
}
