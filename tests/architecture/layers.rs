//! The layering: which room may use which. A room is a folder of `src/`, with the file of its name, or a file directly in
//! it; each other crate is one. An import, a path and a call through a shared `impl` are uses.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::{self, Graph};
use crate::modules::Modules;
use crate::sources::planted;

/// From top to bottom: each room, and the rooms further down that it may use.
#[rustfmt::skip]
pub(crate) const ROOMS: &[(&str, &str)] = &[
    // The program.
    ("main", "cli"),
    ("lib", ""),
    // Not in a build: what `fuzz/` and its tests call.
    ("fuzzing", "config error_chain domain processing random rpc vault rpc_schema listener"),
    ("cli", "audit console webhook bans clock comparison config database day_report docs domain error gateway key_rotation operator partners payment random receipts repository restore start environment vault entity rpc_schema sandbox spans"),
    ("start", "exchange_counts audit console background clock config database docs domain notices error_chain gateway key_rotation metrics operations_listener partners payment processing question_counts random repository rpc rules server environment vault webhook entity reference_page rpc_schema sandbox listener certificate_ends"),

    // What listens, and what runs by itself.
    ("server", "domain error_chain docs gateway metrics random rpc reference_page rpc_schema listener notices certificate_ends"),
    ("operations_listener", "database background config console domain error_chain gateway metrics listener notices"),
    ("console", "traffic metrics audit background comparison database domain environment error_chain gateway operator payment random repository vault webhook entity listener rpc_schema"),
    ("rpc", "audit caller error_chain database docs domain notices error gateway metrics repository service vault webhook entity rpc_schema spans"),
    ("metrics", "traffic audit background clock database domain notices exchange_counts gateway config repository entity rpc_schema certificate_ends"),
    ("background", "audit error_chain config error gateway key_rotation payment service webhook rpc_schema"),
    ("day_report", "comparison database domain error repository service vault entity rpc_schema"),

    // From a call to its money: rpc -> service -> payment -> processing, repository, domain.
    ("service", "audit caller error_chain clock database domain error gateway payment processing repository vault webhook entity rpc_schema notices"),
    ("operator", "database gateway repository vault entity rpc_schema"),
    ("receipts", "audit database error gateway payment processing repository entity"),
    ("gateway", "exchange_counts audit clock database domain notices error key_rotation payment processing question_counts random rules vault webhook rpc_schema"),
    ("payment", "traffic audit caller error_chain clock database domain error processing random repository rules environment vault webhook entity rpc_schema spans"),
    // What partners hear of it without asking.
    ("webhook", "caller error_chain clock database domain error processing random repository vault entity rpc_schema"),
    ("comparison", "clock database domain processing repository entity rpc_schema"),
    ("processing", "traffic error_chain config domain exchange_counts rpc_schema notices spans"),
    ("partners", "database domain random repository environment vault entity rpc_schema"),
    ("restore", "database domain repository entity"),
    ("bans", "database domain repository environment vault entity rpc_schema"),
    ("key_rotation", "clock database error_chain random repository vault entity"),
    ("error", "audit database domain random vault rpc_schema"),
    ("audit", "caller clock database domain error_chain repository vault entity rpc_schema"),
    ("repository", "database entity"),

    // What all of them stand on.
    ("question_counts", "rpc_schema"),
    ("exchange_counts", "traffic"),
    ("traffic", ""),
    ("certificate_ends", ""),
    ("caller", "domain entity rpc_schema"),
    ("rules", "domain rpc_schema"),
    ("vault", "random rpc_schema"),
    ("database", "error_chain config environment migration notices spans"),
    ("config", "domain listener rpc_schema"),
    ("environment", "clock random"),
    ("clock", "domain"),
    ("docs", "rpc_schema"),
    ("domain", "entity rpc_schema"),
    ("error_chain", ""),
    ("random", ""),
    ("spans", "entity"),
    ("notices", ""),

    // The other crates.
    ("sandbox", "listener"),
    ("migration", ""),
    ("entity", ""),
    ("reference_page", "rpc_schema"),
    ("rpc_schema", ""),
    ("listener", ""),
];

/// Files of `entity` that describe no table. Their types are as plain as numbers: every room may use them.
const PLAIN: [&str; 2] = ["entity/src/ids.rs", "entity/src/time.rs"];

/// The room of a file.
pub(crate) fn room(path: &str) -> String {
    match path.split_once("/src/") {
        Some((krate, _)) => krate.replace('-', "_"),
        None => {
            let rest = path.strip_prefix("src/").unwrap_or(path);
            let first = rest.split('/').next().unwrap_or(rest);
            first.trim_end_matches(".rs").to_owned()
        }
    }
}

/// Uses of one room by another one that the table does not allow.
pub(crate) fn against(graph: &Graph, rooms: &[(&str, &str)]) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for edge in &graph.edges {
        let (from, to) = (graph.path(edge.from), graph.path(edge.to));
        let (upper, lower) = (room(from), room(to));
        let row = rooms.iter().find(|(name, _)| *name == upper);
        let is_allowed = PLAIN.contains(&to)
            || row.is_some_and(|(_, allowed)| allowed.split_whitespace().any(|name| name == lower));
        if upper != lower && !is_allowed && seen.insert((edge.from, edge.to)) {
            found.push(format!(
                "{upper} may not use {lower}: {from}:{} uses {to} by {}",
                edge.line, edge.by
            ));
        }
    }
    found.sort();
    found
}

/// What is wrong with the table: rooms without a row, rows without a room, and rows that point upwards.
fn faults(graph: &Graph, rooms: &[(&str, &str)]) -> Vec<String> {
    let existing: BTreeSet<String> = graph.files.iter().map(|path| room(path)).collect();
    let listed: BTreeMap<&str, usize> = rooms
        .iter()
        .enumerate()
        .map(|(row, (name, _))| (*name, row))
        .collect();
    let mut faults = Vec::new();
    for name in &existing {
        if !listed.contains_key(name.as_str()) {
            faults.push(format!("{name} has no row in the table"));
        }
    }
    for (row, (name, allowed)) in rooms.iter().enumerate() {
        if listed.get(name) != Some(&row) {
            faults.push(format!("{name} has two rows"));
        }
        if !existing.contains(*name) {
            faults.push(format!("{name} does not exist any more"));
        }
        for lower in allowed.split_whitespace() {
            if listed.get(lower).is_none_or(|below| *below <= row) {
                faults.push(format!("{name} may use {lower}, which is not below it"));
            }
        }
    }
    faults
}

#[test]
fn the_table_has_each_room_and_points_down() {
    let faults = faults(graph::current(), ROOMS);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_room_uses_one_that_it_may_not() {
    let found = against(graph::current(), ROOMS);
    assert!(
        found.is_empty(),
        "{} uses\n{}",
        found.len(),
        found.join("\n")
    );
}

#[test]
fn payment_knows_neither_service_nor_rpc() {
    let allowed = |room: &str| {
        let row = ROOMS.iter().find(|(name, _)| *name == room);
        let (_, allowed) = row.expect("a row");
        allowed.split_whitespace().collect::<BTreeSet<_>>()
    };
    let knows = |room: &str, other: &str| allowed(room).contains(other);
    assert!(knows("rpc", "service") && !knows("rpc", "payment") && !knows("rpc", "processing"));
    assert!(knows("service", "payment") && !knows("service", "rpc"));
    for upper in [
        "rpc",
        "service",
        "gateway",
        "background",
        "operator",
        "start",
    ] {
        for room in ["payment", "processing", "repository", "domain"] {
            assert!(!knows(room, upper), "{room} may use {upper}");
        }
    }
    assert_eq!(allowed("domain"), ["entity", "rpc_schema"].into());
}

/// A tree with `service` over `payment`, and this text in each of them.
fn two_rooms(service: &str, payment: &str) -> Graph {
    Graph::of(&Modules::of(&planted(&[
        ("src/lib.rs", "mod payment; mod service; mod house;"),
        ("src/house.rs", "pub struct House;"),
        ("src/service/mod.rs", "mod order;"),
        ("src/service/order.rs", service),
        ("src/payment/mod.rs", "pub mod run;"),
        ("src/payment/run.rs", payment),
    ])))
}

const TWO: [(&str, &str); 4] = [
    ("lib", ""),
    ("service", "payment house"),
    ("payment", "house"),
    ("house", ""),
];

#[test]
fn planted_uses_upwards_are_found() {
    let run = "use crate::house::House; pub struct Run; impl House { pub fn run(&self) {} }";
    let order = "use crate::house::House; use crate::payment::run::Run;
                 impl House { pub fn order(&self) { self.run(); } }";
    assert_eq!(against(&two_rooms(order, run), &TWO), [""; 0]);
    let upwards = [
        "use crate::service::order::X;",
        "fn f() { crate::service::order::x(); }",
        "fn f(house: &crate::house::House) { house.order(); }",
    ];
    for text in upwards {
        let found = against(&two_rooms(order, &format!("{run} {text}")), &TWO);
        assert!(
            matches!(&*found, [one] if one.starts_with("payment may not use service")),
            "{text}: {found:?}"
        );
    }
}

#[test]
fn planted_faults_of_the_table_are_found() {
    let graph = two_rooms("", "");
    assert_eq!(faults(&graph, &TWO), [""; 0]);
    let [lib, service, payment, house] = TWO;
    let tables = [
        (vec![lib, service, house], "payment has no row"),
        (
            vec![lib, service, payment, house, ("gone", "")],
            "gone does not exist",
        ),
        (vec![lib, service, payment, house, lib], "lib has two rows"),
        (
            vec![lib, payment, service, ("house", "payment")],
            "house may use payment",
        ),
    ];
    for (table, expected) in tables {
        let faults = faults(&graph, &table);
        assert!(
            faults.iter().any(|fault| fault.contains(expected)),
            "{faults:?}"
        );
    }
}
