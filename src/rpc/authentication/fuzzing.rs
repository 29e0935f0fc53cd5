//! What an `Authorization` header becomes, for the fuzz targets.

use hyper::header::HeaderValue;

/// Name and secret.
pub fn credentials(header: &HeaderValue) -> Option<(String, String)> {
    super::credentials(header).map(|(name, secret)| (name, secret.to_string()))
}
