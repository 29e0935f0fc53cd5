//! Who is let in, how long, and to what.

use aloqa_gateway::console::accounts::{self, FirstSignIn, NewOperator, Role};
use aloqa_gateway::console::route;
use aloqa_gateway::repository::operator as operators;
use entity::audit;
use entity::operator::{ActiveModel, Model};
use sea_orm::Set;
use secrecy::ExposeSecret as _;

use super::person::{PASSWORD, Person, add_operator, environment};
use test_support::*;

/// Each kind of request, and from which role on it is answered; none: to everybody.
const ROUTES: [(&str, Option<Role>); 20] = [
    ("GET /console/style-0.css", None),
    ("GET /console/sign-in", None),
    ("POST /console/sign-in", None),
    ("GET /console/password", None),
    ("POST /console/password", None),
    ("POST /console/sign-out", Some(Role::Look)),
    ("GET /console", Some(Role::Look)),
    ("GET /console/search", Some(Role::Look)),
    ("POST /console/search", Some(Role::Look)),
    ("GET /console/transactions/1", Some(Role::Look)),
    ("GET /console/queue", Some(Role::Look)),
    ("POST /console/transactions/1/resolve", Some(Role::Settle)),
    (
        "POST /console/transactions/1/acknowledge",
        Some(Role::Settle),
    ),
    (
        "POST /console/transactions/1/webhooks/evt_00000000000000000000000000000001/resend",
        Some(Role::Administer),
    ),
    ("GET /console/comparisons", Some(Role::Look)),
    ("GET /console/partners", Some(Role::Look)),
    ("GET /console/audit", Some(Role::Administer)),
    ("GET /console/operators", Some(Role::Administer)),
    (
        "POST /console/operators/anna/end-sign-ins",
        Some(Role::Administer),
    ),
    (
        "POST /console/operators/anna/disable",
        Some(Role::Administer),
    ),
];

/// The rows of sign-ins: who, what, how it ended.
async fn sign_ins(app: &TestApp) -> Vec<String> {
    app.running.gateway.audit.turn().await.unwrap();
    let rows = app.audit_rows("*").await;
    let told = |row: &audit::Model| {
        format!(
            "{} from {}: {} {}",
            row.who, row.source, row.action, row.outcome
        )
    };
    let of_console = rows.iter().filter(|row| row.action.starts_with("console."));
    of_console.map(told).collect()
}

/// How many commits there were, those of the audit log included.
async fn commits(app: &TestApp) -> u64 {
    app.running.gateway.audit.turn().await.unwrap();
    app.until_recorded().await;
    let page = send(app.running.ops_address, HttpRequest::get("/metrics")).await;
    let line = page
        .body
        .lines()
        .find_map(|line| line.strip_prefix("aloqa_database_commit_seconds_count "));
    line.unwrap().parse().unwrap()
}

on_each_database! {
    async fn the_console_is_off_until_there_is_an_operator(app: TestApp) {
        let stranger = Person::stranger(&app);
        let elsewhere = stranger.get("/nothing").await;
        for path in ["/console", "/console/", "/console/sign-in", "/console/style-0.css"] {
            let off = stranger.get(path).await;
            assert_eq!((off.status, &off.body), (404, &elsewhere.body), "{path}");
        }
        add_operator(&app, "anna", Role::Look).await;
        assert_eq!(stranger.get("/console").await.status, 401);
        assert_eq!(stranger.get("/consoles").await.body, elsewhere.body);
        let now = environment(&app).clock.now();
        accounts::disable(&app.running.gateway.database, now, "anna").await.unwrap();
        assert_eq!(stranger.get("/console").await.status, 404);
    }

    async fn each_page_and_act_is_for_its_roles_alone(app: TestApp) {
        let listed: Vec<String> = route::ALL.iter().map(|(method, path)| format!("{method} {path}")).collect();
        assert_eq!(listed, ROUTES.map(|(route, _)| route.to_owned()));
        add_operator(&app, "anna", Role::Look).await;
        let roles = [Role::Look, Role::Settle, Role::Administer];
        for role in [None, Some(Role::Look), Some(Role::Settle), Some(Role::Administer)] {
            let name = role.map(accounts::role_word).unwrap_or_default();
            let mut person = match role {
                Some(role) => Person::signed_in(&app, &name, role).await,
                None => Person::stranger(&app),
            };
            for (route, needed) in ROUTES {
                let (method, path) = route.split_once(' ').unwrap();
                let reply = match method {
                    "GET" => person.get(path).await,
                    _ => person.post(path, &[]).await,
                };
                let shown = format!("{role:?} {route}: {} {}", reply.status, reply.body);
                match (needed, role) {
                    (None, _) => assert_ne!(reply.status, 401, "{shown}"),
                    (Some(_), None) => assert_eq!(reply.status, 401, "{shown}"),
                    (Some(needed), Some(role)) => {
                        let is_refused = reply.body.contains("Not for your role");
                        assert_eq!(is_refused, role < needed, "{shown}");
                        assert_eq!(reply.status == 403, role < needed, "{shown}");
                    }
                }
                // A page holds what its reader may use, and no more.
                if let Some(role) = role && method == "GET" && reply.status == 200 {
                    let offers = |what: &str| reply.body.contains(what);
                    assert!(!offers("/resolve\"") || role >= Role::Settle, "{shown}");
                    assert!(!offers("/disable\"") || role >= Role::Administer, "{shown}");
                }
                if path == "/console/sign-out" && role.is_some() {
                    assert_eq!(person.get("/console").await.status, 401);
                    person.sign_in(&name, PASSWORD).await;
                }
            }
        }
        assert_eq!(roles.map(accounts::role_word), ["look", "settle", "administer"]);
    }

    async fn only_a_form_of_ones_own_page_counts(app: TestApp) {
        let anna = Person::signed_in(&app, "anna", Role::Look).await;
        let path = "/console/sign-out";
        let own = format!("http://{}", app.running.ops_address);
        for (headers, token, expected) in [
            (&[("sec-fetch-site", "cross-site")][..], anna.token.as_str(), 403),
            (&[("sec-fetch-site", "same-site")], &anna.token, 403),
            (&[("sec-fetch-site", "none")], &anna.token, 403),
            (&[("origin", "https://evil.example")], &anna.token, 403),
            (&[("origin", "null")], &anna.token, 403),
            (&[], &anna.token, 403),
            (&[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")], &anna.token, 403),
            (&[("sec-fetch-site", "same-origin")], "", 403),
            (&[("sec-fetch-site", "same-origin")], "0123", 403),
            (&[("origin", own.as_str())], &anna.token, 303),
        ] {
            let mut request = anna.form(path, &[("token", token)]);
            for (name, value) in headers {
                request = request.header(name, value);
            }
            let reply = send(anna.address, request).await;
            assert_eq!(reply.status, expected, "{headers:?} {token}: {}", reply.body);
        }
        // A name that leads here by somebody else's doing.
        let rebound = HttpRequest::get("/console").header("host", "evil.example");
        assert_eq!(send(anna.address, rebound).await.status, 403);
    }

    async fn pages_may_not_be_kept_or_framed_and_need_nothing_from_elsewhere(app: TestApp) {
        let anna = Person::signed_in(&app, "anna", Role::Look).await;
        let page = anna.get("/console").await;
        assert_eq!(page.header("cache-control"), "no-store");
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(page.header("referrer-policy"), "same-origin");
        assert!(!page.body.contains("http://") && !page.body.contains("https://"), "{}", page.body);
        assert!(!page.body.contains("style=\"") && !page.body.contains("onclick"), "{}", page.body);
        let style = page.body.split("href=\"").find(|rest| rest.starts_with("/console/style-")).unwrap();
        let style = Person::stranger(&app).get(style.split('"').next().unwrap()).await;
        assert_eq!((style.status, style.header("content-type")), (200, "text/css; charset=utf-8"));
        assert!(style.header("cache-control").contains("immutable"));
        // A link from elsewhere comes without the strict cookie: the page asks again by itself.
        let link = HttpRequest::get("/console/queue").header("sec-fetch-site", "cross-site");
        let again = send(anna.address, link).await;
        assert!(again.status == 200 && again.body.contains("0;url=/console/queue"), "{}", again.body);
    }

    async fn an_account_is_locked_after_failures_and_never_for_good(app: TestApp) {
        add_operator(&app, "anna", Role::Look).await;
        let mut person = Person::stranger(&app);
        let unknown = person.sign_in("nobody", "wrong").await;
        for _ in 0..5 {
            let wrong = person.sign_in("anna", "wrong").await;
            assert_eq!((wrong.status, &wrong.body), (403, &unknown.body));
        }
        let locked = person.sign_in("anna", PASSWORD).await;
        assert_eq!((locked.status, &locked.body), (403, &unknown.body), "the right password tells nothing");
        app.clock.advance_ms(60_000);
        // The next failure locks for longer.
        assert_eq!(person.sign_in("anna", "wrong").await.status, 403);
        app.clock.advance_ms(4 * 60_000);
        assert_eq!(person.sign_in("anna", PASSWORD).await.status, 403);
        app.clock.advance_ms(60_000);
        let signed_in = person.sign_in("anna", PASSWORD).await;
        let cookie = signed_in.header("set-cookie");
        for word in ["__Host-aloqa=", "; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict"] {
            assert!(cookie.contains(word), "{cookie}");
        }
        // A good one forgets the failures.
        assert_eq!(person.sign_in("anna", "wrong").await.status, 403);
        assert_eq!(person.sign_in("anna", PASSWORD).await.status, 303);
        let rows = sign_ins(&app).await;
        let who = |who: &str, outcome: &str| format!("{who} from 127.0.0.1: console.sign-in {outcome}");
        assert_eq!(rows[..2], [who("nobody known", "refused"), who("anna", "refused")]);
        assert_eq!(rows.last().unwrap(), &who("anna", "ok"), "{rows:?}");
    }

    async fn an_address_may_try_twenty_times_a_minute(app: TestApp) {
        add_operator(&app, "anna", Role::Look).await;
        let mut person = Person::stranger(&app);
        let code = [("name", "nobody"), ("code", "x"), ("password", "y"), ("again", "y")];
        for _ in 0..20 {
            assert_eq!(person.post("/console/password", &code).await.status, 400);
        }
        assert_eq!(person.sign_in("anna", PASSWORD).await.status, 429);
        app.clock.advance_ms(3_000);
        assert_eq!(person.sign_in("anna", PASSWORD).await.status, 303);
    }

    async fn a_sign_in_ends_when_nobody_looks_after_a_shift_and_with_the_account(app: TestApp) {
        let mut anna = Person::signed_in(&app, "anna", Role::Look).await;
        add_operator(&app, "boris", Role::Look).await;
        let minutes = |minutes: i64| app.clock.advance_ms(minutes * 60_000);
        minutes(14);
        assert_eq!(anna.get("/console").await.status, 200);
        minutes(14);
        // The page asks by itself, which is no look.
        let refresh = HttpRequest::get("/console").header("x-console-refresh", "1").header("cookie", &anna.cookie);
        assert_eq!(send(anna.address, refresh).await.status, 200);
        minutes(1);
        assert_eq!(anna.get("/console").await.status, 401);

        anna.sign_in("anna", PASSWORD).await;
        for _ in 0..59 {
            minutes(10);
            assert_eq!(anna.get("/console").await.status, 200);
        }
        minutes(10);
        assert_eq!(anna.get("/console").await.status, 401, "after ten hours");

        anna.sign_in("anna", PASSWORD).await;
        let old = Person { cookie: anna.cookie.clone(), token: anna.token.clone(), ..Person::stranger(&app) };
        assert_eq!(anna.post("/console/sign-out", &[]).await.status, 303);
        assert_eq!(old.get("/console").await.status, 401, "its cookie is worth nothing");

        anna.sign_in("anna", PASSWORD).await;
        let now = environment(&app).clock.now();
        accounts::disable(&app.running.gateway.database, now, "anna").await.unwrap();
        assert_eq!(anna.get("/console").await.status, 401);
        assert_eq!(anna.sign_in("anna", PASSWORD).await.status, 403);
    }

    /// While a password is checked, an operator may be reset or disabled: what was read before is worth nothing then.
    async fn a_reset_comes_before_a_sign_in_or_behind_it(app: TestApp) {
        let gateway = &app.running.gateway;
        let environment = environment(&app);
        let now = environment.clock.now();
        let still = async |seen: &Model| {
            let changed = ActiveModel { signed_in_at: Set(Some(now)), ..Default::default() };
            let tx = gateway.database.write().await.unwrap();
            operators::change_as_seen(&*tx, seen, now, changed).await.unwrap()
        };
        let read = async || operators::find(&*gateway.database, "anna").await.unwrap().unwrap();
        add_operator(&app, "anna", Role::Look).await;
        let active = read().await;
        assert!(still(&active).await);
        accounts::disable(&gateway.database, now, "anna").await.unwrap();
        assert!(!still(&active).await, "disabled");
        accounts::reset(&gateway.database, &gateway.vault, &environment, "anna").await.unwrap();
        assert!(!still(&active).await, "reset");
        let invited = read().await;
        assert!(still(&invited).await);
        accounts::reset(&gateway.database, &gateway.vault, &environment, "anna").await.unwrap();
        assert!(!still(&invited).await, "with another code");
    }

    /// A failure takes as many commits whether there is such a name or not: how long it takes tells nothing.
    async fn a_known_name_costs_as_much_as_an_unknown_one(app: TestApp) {
        add_operator(&app, "anna", Role::Look).await;
        let mut person = Person::stranger(&app);
        let mut costs = Vec::new();
        // The first row of each in the audit log is one more.
        for name in ["anna", "nobody", "anna", "nobody"] {
            let before = commits(&app).await;
            assert_eq!(person.sign_in(name, "wrong").await.status, 403);
            costs.push(commits(&app).await - before);
        }
        assert_eq!(costs[2], costs[3], "{costs:?}");
    }

    async fn a_code_sets_a_password_once_and_within_a_day(app: TestApp) {
        let gateway = &app.running.gateway;
        let environment = environment(&app);
        let new = NewOperator { name: "anna".to_owned(), role: Role::Settle, password: None };
        let added = accounts::add(&gateway.database, &gateway.vault, &environment, new).await.unwrap();
        let FirstSignIn::Code(code, until) = added else { panic!("no code") };
        assert_eq!(until.0, app.now() + 24 * 3_600_000);
        let mut anna = Person::stranger(&app);
        let code = code.expose_secret().to_owned();
        let set = async |anna: &Person, code: &str, password: &str, again: &str| {
            let fields = [("name", "anna"), ("code", code), ("password", password), ("again", again)];
            anna.post("/console/password", &fields).await
        };
        assert_eq!(anna.sign_in("anna", &code).await.status, 403, "a code is no password");
        for (code, password, again, said) in [
            (code.as_str(), PASSWORD, "another", "differ"),
            (&code, "short", "short", "at least 15"),
            ("wrong", PASSWORD, PASSWORD, "do not belong together"),
        ] {
            let refused = set(&anna, code, password, again).await;
            assert!(refused.status == 400 && refused.body.contains(said), "{said}: {}", refused.body);
        }
        assert_eq!(set(&anna, &code, PASSWORD, PASSWORD).await.status, 200);
        assert_eq!(anna.sign_in("anna", PASSWORD).await.status, 303);
        assert_eq!(set(&anna, &code, PASSWORD, PASSWORD).await.status, 400, "twice");

        let (code, _) = accounts::reset(&gateway.database, &gateway.vault, &environment, "anna").await.unwrap();
        assert_eq!(anna.get("/console").await.status, 401, "a reset ends sign-ins");
        assert_eq!(anna.sign_in("anna", PASSWORD).await.status, 403, "and the password");
        app.clock.advance_ms(24 * 3_600_000);
        assert_eq!(set(&anna, code.expose_secret(), PASSWORD, PASSWORD).await.status, 400, "a day later");
    }
}
