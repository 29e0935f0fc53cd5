//! The ways to the servers outside, in words.

use crate::config::Config;
use crate::processing::exchange::ToldWay;

/// The setting of each address that is set, and the way to it.
pub fn ways(config: &Config) -> Vec<(&'static str, String)> {
    let (uzcard, humo, sms, fiscal) = (&config.uzcard, &config.humo, &config.sms, &config.fiscal);
    let soap = &humo.soap_info;
    let towards = |name: &Option<String>| humo.info_tls.towards(name.as_ref());
    let histories = humo.history_tls();
    let cards = towards(&soap.cards_server_name);
    let issuing = towards(&soap.issuing_server_name);
    let access = towards(&soap.access_server_name);
    let all = [
        ("uzcard.url", &uzcard.url, &uzcard.tls, &uzcard.route),
        (
            "humo.payment_url",
            &humo.payment_url,
            &humo.payment_tls,
            &humo.payment_route,
        ),
        (
            "humo.info_url",
            &humo.info_url,
            &humo.info_tls,
            &humo.info_route,
        ),
        (
            "humo.history_url",
            &humo.history_url,
            &histories,
            &humo.info_route,
        ),
        (
            "humo.soap_info.cards_url",
            &soap.cards_url,
            &cards,
            &humo.info_route,
        ),
        (
            "humo.soap_info.issuing_url",
            &soap.issuing_url,
            &issuing,
            &humo.info_route,
        ),
        (
            "humo.soap_info.access_url",
            &soap.access_url,
            &access,
            &humo.info_route,
        ),
        ("sms.url", &sms.url, &sms.tls, &sms.route),
        ("fiscal.url", &fiscal.url, &fiscal.tls, &fiscal.route),
    ];
    let told = all.into_iter().filter_map(|(setting, url, tls, route)| {
        // An address that cannot be read stops the start by itself.
        let way = ToldWay::new(url.as_deref()?, tls, route).ok()?;
        Some((setting, way.to_string()))
    });
    told.collect()
}
