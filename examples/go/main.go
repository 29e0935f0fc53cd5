// A partner of AloqaGateway in eight steps: attach, debit, hold, transfer, history, repeat, webhook, balances.
//
//	go run .
//
// Go's standard library is all it needs. It talks to a gateway in its sandbox profile; GATEWAY, SANDBOX, USER_NAME and
// SECRET name another one. Exit code 1: a step went wrong. 2: the gateway cannot be reached.
package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	gateway  = strings.TrimSuffix(setting("GATEWAY", "http://127.0.0.1:8080"), "/") + "/"
	sandbox  = strings.TrimSuffix(setting("SANDBOX", "http://127.0.0.1:8090"), "/") + "/sandbox/"
	userName = setting("USER_NAME", "demo")
	secret   = setting("SECRET", "demo-secret")
)

func setting(name, byDefault string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return byDefault
}

type card struct{ pan, phone, merchantID, terminalID string }

// Two test cards, with the demo partner's terminal for each network. An amount is a whole number of tiyin: 100 are 1 UZS.
var (
	uzcard = card{"8600010132441332", "998901234567", "90001", "92400001"}
	humo   = card{"9860190101578366", "998977446066", "0040100000401CS", "1965000A"}
)

// --- The client ---------------------------------------------------------------------------------------------------------

type params map[string]any

// refused is the gateway's answer when it is an error. data tells more, as far as it applies.
type refused struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    struct {
		Reason        string `json:"reason"`
		Field         string `json:"field"`
		TransactionID int64  `json:"transactionId"`
	} `json:"data"`
}

func (r *refused) Error() string {
	return strings.TrimSpace(fmt.Sprintf("%d %s %s %s", r.Code, r.Message, r.Data.Reason, r.Data.Field))
}

// errNoReply: the connection broke, time was over, or something between us and the gateway answered.
var errNoReply = errors.New("no reply")

// call makes one JSON-RPC 2.0 call. The gateway itself answers within 50 seconds, so a client should wait a little longer.
func call(method string, p params, result any) error {
	return callWithin(60*time.Second, method, p, result)
}

func callWithin(timeout time.Duration, method string, p params, result any) error {
	body := map[string]any{"jsonrpc": "2.0", "id": random(), "method": method, "params": p}
	var reply struct {
		Result json.RawMessage `json:"result"`
		Error  *refused        `json:"error"`
	}
	// 401, 429 and 503 carry a JSON-RPC error as well.
	if err := exchange(timeout, "POST", gateway, body, &reply); err != nil {
		return err
	}
	if reply.Error != nil {
		return reply.Error
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(reply.Result, result)
}

func exchange(timeout time.Duration, verb, url string, body, reply any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	if body == nil {
		text = nil
	}
	request, err := http.NewRequest(verb, url, bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.SetBasicAuth(userName, secret)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("lang", "en")
	client := http.Client{Timeout: timeout}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("%w: %v", errNoReply, err)
	}
	defer response.Body.Close()
	received, err := io.ReadAll(response.Body)
	if err == nil && reply != nil {
		err = json.Unmarshal(received, reply)
	}
	if err != nil {
		return fmt.Errorf("%w from %s: %v", errNoReply, url, err)
	}
	return nil
}

// isOpen tells whether the order may still be carried out, or has been without our knowing: no reply came, the gateway is
// overloaded (-32343), still works on it (-32364), or does not know the outcome yet (-32379, to a repeat -32365).
func isOpen(err error) bool {
	var refusal *refused
	if errors.As(err, &refusal) {
		switch refusal.Code {
		case -32343, -32364, -32365, -32379:
			return true
		}
	}
	return errors.Is(err, errNoReply)
}

// pay moves money exactly once, whatever gets lost.
//
// The params hold an extId: the order's number in your own books, stored there before the first try. A repeat with the same
// extId and the same params never moves money again. It is answered with what became of the first.
func pay(method string, p params, result any) error {
	for tries := 0; tries < 120; tries++ {
		if err := call(method, p, result); !isOpen(err) {
			return err
		}
		time.Sleep(500 * time.Millisecond)
	}
	return fmt.Errorf("%v is still open. It is neither paid nor refused: keep it, and ask again later", p["extId"])
}

// verifyWebhook returns the event of a webhook. body is the request's bytes as they came, not parsed before.
//
// While a secret is being changed, the gateway signs with the old and the new one: secrets are those you know. Answer with
// 2xx first and work afterwards; an event may come twice, always with the same webhook-id.
func verifyWebhook(secrets []string, headers http.Header, body []byte, now int64) (params, error) {
	sentAt, err := strconv.ParseInt(headers.Get("webhook-timestamp"), 10, 64)
	if err != nil || now-sentAt > 300 || sentAt-now > 300 {
		return nil, errors.New("the webhook's timestamp is more than five minutes off, so it may be a replay")
	}
	for _, secret := range secrets {
		// The key is what the text after the prefix stands for, not the text itself.
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
		if err != nil {
			return nil, err
		}
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%d.%s", headers.Get("webhook-id"), sentAt, body)
		expected := []byte("v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)))
		for _, signature := range strings.Split(headers.Get("webhook-signature"), " ") {
			if hmac.Equal([]byte(signature), expected) {
				var event params
				return event, json.Unmarshal(body, &event)
			}
		}
	}
	return nil, errors.New("the webhook was not signed with our secret")
}

func random() string {
	id := make([]byte, 16)
	if _, err := rand.Read(id); err != nil {
		panic(err)
	}
	return hex.EncodeToString(id)
}

// --- What only the sandbox has ------------------------------------------------------------------------------------------

func fault(f params) {
	check(exchange(10*time.Second, "POST", sandbox+"faults", f, nil))
}

// codeSentTo is the code in the newest message to a phone. In earnest, the cardholder types it in.
func codeSentTo(phone string) string {
	var messages []struct{ Text string }
	check(exchange(10*time.Second, "GET", sandbox+"messages?phone="+phone, nil, &messages))
	return regexp.MustCompile(`\d{6}`).FindString(messages[len(messages)-1].Text)
}

func balance(c card) int64 {
	var cards []struct {
		Pan     string
		Balance int64
	}
	check(exchange(10*time.Second, "GET", sandbox+"cards", nil, &cards))
	for _, one := range cards {
		if one.Pan == c.pan {
			return one.Balance
		}
	}
	check(fmt.Errorf("the sandbox has no card %s", c.pan))
	return 0
}

// --- The eight steps ----------------------------------------------------------------------------------------------------

// The results used here, as far as they are used.
type (
	begun struct{ TransactionID int64 }
	paid  struct {
		TransactionID int64
		RefNum        string
	}
	transaction struct {
		Status         string
		CapturedAmount int64
		CreatedAt      int64
	}
)

// attach attaches a card and returns its token, which is all that you store. The network sends the cardholder a code.
func attach(c card) string {
	var added begun
	check(call("cards.add", params{"pan": c.pan, "expiry": "1230", "phone": "+" + c.phone}, &added))
	var attached struct{ Token, Vendor, Pan, FullName string }
	code := params{"transactionId": added.TransactionID, "confirmedCode": codeSentTo(c.phone)}
	check(call("cards.add-confirm", code, &attached))
	fmt.Printf("1 attach: %s %s of %s\n", attached.Vendor, attached.Pan, attached.FullName)
	return attached.Token
}

func newExtID() string { return "go-" + random() }

// order makes the params of a debit, with an extId of its own.
func order(c card, token string, amount int64) params {
	return params{
		"token": token, "amount": amount, "merchantId": c.merchantID, "terminalId": c.terminalID, "extId": newExtID(),
	}
}

func main() {
	uzcardBefore, humoBefore := balance(uzcard), balance(humo)
	uzcardToken, humoToken := attach(uzcard), attach(humo)

	// 2. The cardholder confirms this debit with a code. Without force_sms_confirmation it is carried out at once, unless
	//    the gateway's policy asks for a code from some amount on: then the reply has phone instead of the network's ids.
	withCode := order(uzcard, uzcardToken, 500_000)
	withCode["force_sms_confirmation"] = true
	var asked begun
	check(pay("transactions.debit", withCode, &asked))
	code := params{"transactionId": asked.TransactionID, "confirmedCode": codeSentTo(uzcard.phone)}
	var debit paid
	check(call("transactions.debit.confirm", code, &debit))
	fmt.Printf("2 debit with a code: 500000 tiyin, transaction %d\n", debit.TransactionID)

	// 3. A hold blocks money for seven days. Charging a part of it frees the rest.
	toHold := order(humo, humoToken, 700_000)
	toHold["is_hold"] = true
	var hold begun
	check(pay("transactions.debit", toHold, &hold))
	check(call("transactions.debit.hold.charge", params{"transactionId": hold.TransactionID, "amount": 450_000}, nil))
	var charged transaction
	check(call("transactions.get", params{"transactionId": hold.TransactionID}, &charged))
	expect("the status of the hold", charged.Status, "succeeded")
	expect("what was charged", charged.CapturedAmount, int64(450_000))
	fmt.Printf("3 hold and partial charge: 450000 of 700000 tiyin, transaction %d\n", hold.TransactionID)

	// 4. The sender pays the fee on top.
	var quoted struct{ Fee int64 }
	question := params{"pan": uzcard.pan, "pan2": humo.pan, "phone": uzcard.phone, "amount": 100_000}
	check(call("p2p.fee-info", question, &quoted))
	transfer := params{"token": uzcardToken, "pan": humo.pan, "expiry": "3012", "amount": 100_000, "extId": newExtID()}
	var transferred struct{ Fee string }
	check(pay("p2p.uzcard2humo", transfer, &transferred))
	expect("the fee", transferred.Fee, strconv.FormatInt(quoted.Fee, 10))
	fmt.Printf("4 transfer: 100000 tiyin from UZCARD to HUMO, fee %d\n", quoted.Fee)

	// 5. What the networks know of the cards, by days of Tashkent. A day's list may be up to a minute old.
	var payment transaction
	check(call("transactions.get", params{"transactionId": debit.TransactionID}, &payment))
	day := time.UnixMilli(payment.CreatedAt).In(time.FixedZone("Tashkent", 5*60*60)).Format("2006-01-02")
	var history struct{ Transactions []struct{ RefNum string } }
	period := params{"tokens": []string{uzcardToken, humoToken}, "from": day, "to": day}
	check(call("cards.monitoring", period, &history))
	listed := "not listed yet"
	for _, operation := range history.Transactions {
		if operation.RefNum == debit.RefNum {
			listed = "listed"
		}
	}
	fmt.Printf("5 history: the debit is %s\n", listed)

	// 6. Our own time-out is over before the network has answered: the payment goes on without us. pay would have repeated
	//    by itself; the first try stands here alone so that the loss can be seen.
	fault(params{"network": "UZCARD", "operation": "pay", "kind": "delay", "delayMs": 1500, "times": 1})
	slow := order(uzcard, uzcardToken, 30_000)
	noReply := callWithin(300*time.Millisecond, "transactions.debit", slow, nil)
	expect("the first try has no reply", errors.Is(noReply, errNoReply), true)
	var repeated paid
	check(pay("transactions.debit", slow, &repeated))
	fmt.Printf("6 repeat after our own time-out: paid once, transaction %d\n", repeated.TransactionID)

	// The network carries the payment out, and its reply is lost. -32379 is not a failure: the money may have moved. The
	// gateway goes on to find out; transactions.get tells how far it is, and a repeat tells the result.
	fault(params{"network": "UZCARD", "operation": "pay", "kind": "drop_after", "times": 1})
	lost := order(uzcard, uzcardToken, 40_000)
	var unknown *refused
	expect("the outcome is unknown", errors.As(call("transactions.debit", lost, nil), &unknown), true)
	expect("the code", unknown.Code, -32379)
	var found paid
	check(pay("transactions.debit", lost, &found))
	expect("the transaction", found.TransactionID, unknown.Data.TransactionID)
	fmt.Printf("6 repeat after -32379: paid once, transaction %d\n", found.TransactionID)

	checkWebhooks()
	fmt.Println("7 webhook: good signatures pass; an old one, a changed one and a foreign one are refused")

	// 8. Each movement happened once.
	expect("the balance at UZCARD", balance(uzcard), uzcardBefore-500_000-100_000-quoted.Fee-30_000-40_000)
	expect("the balance at HUMO", balance(humo), humoBefore-450_000+100_000)
	fmt.Println("8 balances: as they must be")
}

// checkWebhooks tries the vector of Standard Webhooks, the gateway's own with an old and a new secret, and what must be
// refused.
func checkWebhooks() {
	headers := func(id, sentAt, signatures string) http.Header {
		h := http.Header{}
		h.Set("webhook-id", id)
		h.Set("webhook-timestamp", sentAt)
		h.Set("webhook-signature", signatures)
		return h
	}
	const standard = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	signed := headers("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
	_, err := verifyWebhook([]string{standard}, signed, []byte(`{"test": 2432232314}`), 1614265330)
	check(err)

	const (
		old     = "whsec_YWxvcWEtZ2F0ZXdheSB0ZXN0IHNlY3JldCAwMDAwMDE="
		renewed = "whsec_YWxvcWEtZ2F0ZXdheSB0ZXN0IHNlY3JldCAwMDAwMDI="
		text    = `{"type":"transaction.settled","id":"evt_0001","createdAt":1767225600000,` +
			`"data":{"transactionId":2557767,"status":"succeeded"}}`
	)
	signed = headers("evt_0001", "1767225600",
		"v1,XgBkXNGEtY50mgn29hsy6tIc+CwFYYHTATgA7R4AiX0= v1,SeV9mWrkBP3PSLrteMIdEJhbAFBsFYTgaWtCSJkRVmo=")
	for _, secrets := range [][]string{{old}, {renewed}, {renewed, old}} {
		event, err := verifyWebhook(secrets, signed, []byte(text), 1767225600+300)
		check(err)
		expect("the event", event["id"], "evt_0001")
	}
	for _, wrong := range []struct {
		what, secret, body string
		now                int64
	}{
		{"an old webhook", old, text, 1767225600 + 301},
		{"a changed webhook", old, strings.Replace(text, "2557767", "2557768", 1), 1767225600},
		{"a foreign webhook", standard, text, 1767225600},
	} {
		_, err := verifyWebhook([]string{wrong.secret}, signed, []byte(wrong.body), wrong.now)
		expect(wrong.what+" is refused", err != nil, true)
	}
}

func expect(what string, actual, expected any) {
	if actual != expected {
		check(fmt.Errorf("%s: %v, expected %v", what, actual, expected))
	}
}

// check ends the program when something went wrong.
func check(err error) {
	switch {
	case err == nil:
	case errors.Is(err, errNoReply):
		fmt.Fprintf(os.Stderr, "cannot reach %s or %s: %v\n", gateway, sandbox, err)
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
