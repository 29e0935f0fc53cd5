//! How many requests a connection and the gateway take, and what a hang-up changes.

use aloqa_gateway::environment::CrashPoint;

use super::*;

mostly_on_sqlite! {
    async fn a_partner_who_hangs_up_does_not_interrupt_a_debit(app: TestApp) {
        let body = scripted_debit(&app, "left", json!({"kind": "delay", "delayMs": 100})).await;
        let mut stream = TcpStream::connect(app.running.address).await.unwrap();
        stream.write_all(&raw(&format!("Content-Length: {}\r\n", body.len()), &body)).await.unwrap();
        app.faults_are_taken().await;
        drop(stream);
        let done = app.until_status("left", "succeeded").await;
        assert_eq!(app.moves().await, ["pay 500"]);
        // The same call again learns what the first one came to.
        let again = app.post(body).await.json();
        assert_eq!(again, json!({"jsonrpc": "2.0", "id": "debit", "result": done["result"]}));
        assert_eq!(app.moves().await, ["pay 500"]);
    }
}

#[tokio::test]
async fn a_connection_without_a_whole_request_is_closed() {
    let app = stateless_with(|config| config.server.header_timeout_ms = 30).await;
    for beginning in ["", "POST / HT", "POST / HTTP/1.1\r\nHost: localhost\r\nX: "] {
        assert_eq!(
            send_raw(app.running.address, beginning.as_bytes()).await,
            "",
            "{beginning:?}"
        );
    }
}

#[tokio::test]
async fn more_requests_than_the_limit_are_told_to_come_back() {
    let app = stateless_with(|config| {
        config.server.max_in_flight = 1;
        config.uzcard.timeout_ms = 10_000;
    })
    .await;
    let token = app.add_card(UZCARD).await;
    let (address, body) = (app.running.address, debit_body(&token, "slow"));
    app.moments.hold(CrashPoint::AfterCall, 1);
    let debit = tokio::spawn(async move { send(address, post(body)).await });
    app.moments.until_held().await;
    for (lang, message, hint) in [
        (
            "",
            ErrorCode::Overloaded.message(Lang::Ru),
            "Ничего не выполнено. Повторите через Retry-After секунд.",
        ),
        (
            "uz",
            ErrorCode::Overloaded.message(Lang::Uz),
            "Hech narsa bajarilmadi. Retry-After sekunddan keyin qayta yuboring.",
        ),
        (
            "en",
            ErrorCode::Overloaded.message(Lang::En),
            "Nothing was done. Repeat after Retry-After seconds.",
        ),
    ] {
        let reply = send(app.running.address, post(CALL).header("lang", lang)).await;
        assert_eq!((reply.status, reply.header("retry-after")), (503, "1"));
        let data = json!({"reason": "overloaded", "hint": hint, "retryable": true});
        let error = json!({"code": -32343, "message": message, "data": data});
        assert_eq!(
            reply.json(),
            json!({"jsonrpc": "2.0", "id": null, "error": error})
        );
    }
    // Neither the pages nor the operators' listener need a free place.
    assert_eq!(
        send(app.running.address, HttpRequest::get("/docs"))
            .await
            .status,
        200
    );
    assert_eq!(
        send(app.running.ops_address, HttpRequest::get("/health"))
            .await
            .status,
        200
    );
    assert!(!debit.is_finished());
    app.moments.release();
    assert_debited(debit.await.unwrap().json());
    assert_eq!(app.post(CALL).await.body, not_found());
}

/// A debit goes on when its partner hangs up, and so it counts until it has ended.
#[tokio::test]
async fn who_hangs_up_does_not_make_room_for_more() {
    let app = stateless_with(|config| {
        config.server.max_in_flight = 1;
        config.uzcard.timeout_ms = 10_000;
    })
    .await;
    let fault = json!({"kind": "delay", "delayMs": 1_500});
    let body = scripted_debit(&app, "left", fault).await;
    let mut stream = TcpStream::connect(app.running.address).await.unwrap();
    stream
        .write_all(&raw(&format!("Content-Length: {}\r\n", body.len()), &body))
        .await
        .unwrap();
    app.faults_are_taken().await;
    drop(stream);
    let mut refused = 0;
    while app.post(CALL).await.status == 503 {
        refused += 1;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // The server needs a moment to notice that the partner has gone; the debit takes far longer.
    assert!(refused > 20, "{refused}");
    assert_eq!(app.moves().await, ["pay 500"]);
}

/// A program that has nothing more to say shuts its sending side down, as `nc -N` does.
#[tokio::test]
async fn who_has_shut_the_sending_side_down_gets_the_reply() {
    let app = stateless_with(|config| config.uzcard.timeout_ms = 10_000).await;
    let half_closed = async |body: &str| {
        let request = raw(&format!("Content-Length: {}\r\n", body.len()), body);
        let mut stream = TcpStream::connect(app.running.address).await.unwrap();
        stream.write_all(&request).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).await.unwrap();
        parts(&reply).2
    };
    let found: Value = serde_json::from_str(&not_found()).unwrap();
    assert_eq!(half_closed(CALL).await, found);
    // Also while its debit is at the network.
    for n in 0..3 {
        let fault = json!({"kind": "delay", "delayMs": 300});
        let body = scripted_debit(&app, &format!("half-{n}"), fault).await;
        assert_debited(half_closed(&body).await);
    }
    assert_eq!(app.moves().await, ["pay 500"; 3]);
}

/// A connection may rest for longer than a head may take, and replies say for how long.
#[tokio::test]
async fn an_idle_connection_is_kept_and_its_end_is_announced() {
    let app = stateless_with(|config| config.server.header_timeout_ms = 40).await;
    let request = raw(&format!("Content-Length: {}\r\n", CALL.len()), CALL);
    let mut stream = TcpStream::connect(app.running.address).await.unwrap();
    let next = async |stream: &mut TcpStream| {
        stream.write_all(&request).await.unwrap();
        let mut reply = String::new();
        while !reply.ends_with(&not_found()) {
            let mut part = [0; 4_096];
            let read = stream.read(&mut part).await.unwrap();
            assert_ne!(read, 0, "{reply}");
            reply.push_str(std::str::from_utf8(&part[..read]).unwrap());
        }
        parts(&reply).1
    };
    let headers = next(&mut stream).await;
    assert!(headers.contains("keep-alive: timeout=67"), "{headers}");
    let mut byte = [0; 1];
    let rests = tokio::time::timeout(Duration::from_millis(200), stream.read(&mut byte));
    assert!(rests.await.is_err(), "it was closed");
    next(&mut stream).await;
    // One that has begun a request must end its head.
    stream.write_all(b"POST / HT").await.unwrap();
    assert_eq!(stream.read(&mut [0; 1]).await.unwrap_or(0), 0);

    let app = stateless_with(|config| config.server.idle_timeout_ms = 60).await;
    let mut stream = TcpStream::connect(app.running.address).await.unwrap();
    let mut all = String::new();
    stream.write_all(&request).await.unwrap();
    stream.read_to_string(&mut all).await.unwrap();
    let (_, headers, _) = parts(&all);
    assert!(!headers.contains("keep-alive"), "{headers}");
}

#[tokio::test]
async fn a_connection_serves_several_requests() {
    let app = stateless().await;
    let request = |id: u8, headers: &str| {
        let body = CALL.replace(r#""id":1"#, &format!(r#""id":{id}"#));
        raw(
            &format!("Content-Length: {}\r\n{headers}", body.len()),
            &body,
        )
    };
    let mut stream = TcpStream::connect(app.running.address).await.unwrap();
    // One after another, and then two at once.
    for id in [1, 2] {
        stream.write_all(&request(id, "")).await.unwrap();
        let expected = bare_error(&id.to_string(), ErrorCode::TransactionNotFound);
        let mut reply = String::new();
        while !reply.ends_with(&expected) {
            let mut part = [0; 4_096];
            let read = stream.read(&mut part).await.unwrap();
            assert_ne!(read, 0, "{reply}");
            reply.push_str(std::str::from_utf8(&part[..read]).unwrap());
        }
    }
    stream
        .write_all(&[request(3, ""), request(4, "Connection: close\r\n")].concat())
        .await
        .unwrap();
    let mut replies = String::new();
    stream.read_to_string(&mut replies).await.unwrap();
    let third = replies
        .find(&bare_error("3", ErrorCode::TransactionNotFound))
        .unwrap();
    let fourth = replies
        .find(&bare_error("4", ErrorCode::TransactionNotFound))
        .unwrap();
    assert!(third < fourth, "{replies}");
    assert_eq!(replies.matches("HTTP/1.1 200 OK").count(), 2);
}

/// A call that is refused leaves the connection to the next one.
#[tokio::test]
async fn a_refusal_keeps_the_connection() {
    let app = stateless().await;
    let mut bytes = raw("Content-Length: 1\r\n", "{");
    bytes.extend(
        format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{CALL}",
            CALL.len()
        )
        .bytes(),
    );
    bytes.extend(raw(
        &format!(
            "Content-Type: text/plain\r\nContent-Length: {}\r\n",
            CALL.len()
        ),
        CALL,
    ));
    bytes.extend(raw(
        &format!("Content-Length: {}\r\nConnection: close\r\n", CALL.len()),
        CALL,
    ));
    let replies = send_raw(app.running.address, &bytes).await;
    let statuses: Vec<&str> = replies
        .split("HTTP/1.1 ")
        .skip(1)
        .map(|reply| &reply[..3])
        .collect();
    assert_eq!(statuses, ["200", "401", "415", "200"]);
    assert!(replies.ends_with(&not_found()), "{replies}");
}
