//! The ways to the servers outside, in words.

use crate::config::Config;
use crate::processing::exchange::ToldWay;

/// The setting of each address that is set, and the way to it.
pub fn ways(config: &Config) -> Vec<(&'static str, String)> {
    let (uzcard, humo, sms, fiscal) = (&config.uzcard, &config.humo, &config.sms, &config.fiscal);
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
            &humo.info_tls,
            &humo.info_route,
        ),
        (
            "humo.soap_info.cards_url",
            &humo.soap_info.cards_url,
            &humo.info_tls,
            &humo.info_route,
        ),
        (
            "humo.soap_info.issuing_url",
            &humo.soap_info.issuing_url,
            &humo.info_tls,
            &humo.info_route,
        ),
        (
            "humo.soap_info.access_url",
            &humo.soap_info.access_url,
            &humo.info_tls,
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
