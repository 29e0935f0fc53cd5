//! `p2p.fee-info` as jsonrpsee's own server answers it: the params are read, and nothing else is done. No credentials, no limits,
//! no log, no figures. It prints its address, and ends with Ctrl-C.

use std::error::Error;

use jsonrpsee::RpcModule;
use jsonrpsee::server::Server;
use jsonrpsee::types::ErrorObjectOwned;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Params {
    pan: String,
    pan2: String,
    phone: String,
    amount: i64,
}

#[derive(Clone, Serialize)]
struct Fee {
    amount: i64,
    fee: i64,
    total: i64,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = Server::builder().build("127.0.0.1:0").await?;
    println!("http://{}", server.local_addr()?);
    let mut module = RpcModule::new(());
    module.register_method("p2p.fee-info", |params, (), _| {
        let Params {
            pan,
            pan2,
            phone,
            amount,
        } = params.parse()?;
        // As little as can be done with them.
        let is_known = pan.len() == 16 && pan2.len() == 16 && phone.len() == 12;
        let fee = if is_known { amount / 200 } else { 0 };
        Ok::<_, ErrorObjectOwned>(Fee {
            amount,
            fee,
            total: amount + fee,
        })
    })?;
    let handle = server.start(module);
    tokio::signal::ctrl_c().await?;
    handle.stop()?;
    Ok(())
}
