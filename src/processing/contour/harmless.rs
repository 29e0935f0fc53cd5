//! Everything that `contour check` may ask.

/// A question that moves no money, sends no message and changes nothing. `contour check` sends nothing else: whoever adds one
/// shows first that it is harmless. `SOAP_RECO`, which closes a terminal's day, is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harmless {
    /// SVGate: the terminals of our login.
    TerminalGet,
    /// SVGate: the prefixes of its cards.
    GetBinList,
    /// SVGate: the payment under a reference that nobody has used.
    TransExt,
    /// SVGate: a hold that the operator names.
    HoldGetId,
    /// PaymentServer: the payment under a reference that nobody has used.
    GetPayment,
    /// PaymentServer: its list of the last hour's payments that wait for their confirmation.
    ListActive,
    /// PaymentServer: its list of those that are confirmed.
    ListFinished,
    /// HUMO's middleware: a card of the operator's own.
    CardInfo,
    /// HUMO's `IIACardServices`: a card of the operator's own.
    CardBalance,
    /// HUMO's Issuing: whose card that is.
    ListCustomers,
    /// HUMO's `AccessGateway`: its owner's phone.
    Export,
    /// The same of an owner that there is not.
    ExportOfNobody,
    /// Eskiz: a token.
    EskizLogin,
    /// Eskiz: whose token it is.
    EskizUser,
    /// Play Mobile: a list of no messages.
    NoMessages,
}

impl Harmless {
    /// The server's own word for it.
    pub fn operation(self) -> &'static str {
        match self {
            Self::TerminalGet => "terminal.get",
            Self::GetBinList => "get.bin.list",
            Self::TransExt => "trans.ext",
            Self::HoldGetId => "hold.get.id",
            Self::GetPayment => "GetPayment",
            Self::ListActive => "GetPaymentList active",
            Self::ListFinished => "GetPaymentList finished",
            Self::CardInfo => "card information",
            Self::CardBalance => "getCardAccountsBalance",
            Self::ListCustomers => "listCustomers",
            Self::Export => "export",
            Self::ExportOfNobody => "export of nobody",
            Self::EskizLogin => "auth/login",
            Self::EskizUser => "auth/user",
            Self::NoMessages => "send of no messages",
        }
    }

    /// What its answer should be.
    pub(super) fn wanted(self) -> &'static str {
        match self {
            Self::TerminalGet => "our terminals",
            Self::GetBinList => "prefixes that are UZCARD's here, too",
            Self::TransExt => "nothing under a fresh reference: -208, -267 or no payment",
            Self::HoldGetId => "a status that uzcard.hold_statuses names, and rightly",
            Self::GetPayment => "nothing under a fresh reference: 914 or status none",
            Self::ListActive | Self::ListFinished => "payments of the last hour, or an empty list",
            Self::CardInfo | Self::CardBalance => "the card",
            Self::ListCustomers => "whose card it is",
            Self::Export => "the owner's phone",
            Self::ExportOfNobody => {
                "fault -1 of an owner that there is not, which proves the login"
            }
            Self::EskizLogin => "a token",
            Self::EskizUser => "our account",
            Self::NoMessages => "a refusal of the empty list, which proves the password",
        }
    }
}
