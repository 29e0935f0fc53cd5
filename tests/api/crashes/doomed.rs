//! A gateway that stops for good at a chosen moment, as if its process had been killed.

use entity::ids::TransactionId;

use super::*;

/// A gateway on a runtime of its own, which is dropped at a chosen moment.
pub(crate) struct Doomed {
    runtime: Runtime,
    running: Running,
    world: Arc<World>,
}

/// Lets nothing continue from the chosen moment on.
#[derive(Debug)]
struct World {
    ends_at: usize,
    /// Only these moments count.
    of: Option<CrashPoint>,
    begun: AtomicBool,
    seen: Mutex<Vec<CrashPoint>>,
    ended: watch::Sender<bool>,
}

#[async_trait]
impl CrashPoints for World {
    async fn reach(&self, point: CrashPoint) {
        if !self.begun.load(Ordering::SeqCst) {
            return;
        }
        let reached = {
            let mut seen = self.seen.lock().unwrap();
            seen.push(point);
            let counts = |seen: &&CrashPoint| self.of.is_none_or(|of| of == **seen);
            seen.iter().filter(counts).count()
        };
        if reached >= self.ends_at {
            self.ended.send_replace(true);
            std::future::pending::<()>().await;
        }
    }
}

impl Doomed {
    /// Starts one that ends at its `ends_at`-th moment from now on.
    pub(crate) async fn start(app: &TestApp, ends_at: usize) -> Self {
        Self::ending(app, ends_at, None).await
    }

    /// Starts one that ends after its `nth` commit from now on.
    pub(crate) async fn after_commit(app: &TestApp, nth: usize) -> Self {
        Self::ending(app, nth, Some(CrashPoint::AfterCommit)).await
    }

    async fn ending(app: &TestApp, ends_at: usize, of: Option<CrashPoint>) -> Self {
        let world = Arc::new(World {
            ends_at,
            of,
            begun: AtomicBool::new(false),
            seen: Mutex::default(),
            ended: watch::Sender::default(),
        });
        let mut config = app.config.clone();
        config.sandbox.embedded = false;
        config.sandbox.listen = app.running.sandbox_address.unwrap();
        let environment = Environment {
            clock: app.clock.clone(),
            random: Arc::new(SystemRandom),
            crash_points: Some(world.clone()),
        };
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let starting = async move { started(&config, environment).await };
        let running = runtime.spawn(starting).await.unwrap();
        // It has run long enough to trust its clock.
        app.let_all_time_pass();
        world.begun.store(true, Ordering::SeqCst);
        Self {
            runtime,
            running,
            world,
        }
    }

    /// The reply to the operation, unless the world ends before.
    pub(super) async fn run(&self, prepared: &Prepared) -> Option<Value> {
        if let Some(method) = prepared.operation.method() {
            return self.call(method, &prepared.params).await;
        }
        let resolved = match prepared.operation {
            ResolvedHold | ResolvedCredit(_) => prepared.id,
            Plain(_) | Confirmed(_) | Refused(..) | Coded(_) | UnsentCode(_) | WrongCode(_)
            | LastWrongCode(_) | LateCode(_) => None,
        };
        self.in_it(move |gateway| async move {
            match resolved {
                Some(id) => {
                    let resolved = gateway
                        .payments
                        .resolve(TransactionId(id), Verdict::Failed, STATEMENT)
                        .await;
                    json!({"result": format!("{:?}", resolved.unwrap().status)})
                }
                None => json!({"result": gateway.expire_holds().await.unwrap()}),
            }
        })
        .await
    }

    /// The reply to a call of the demo partner, unless the world ends before.
    pub(crate) async fn call(&self, method: &str, params: &Value) -> Option<Value> {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let request = HttpRequest::post(body.to_string()).credentials(&Credentials::demo());
        let address = self.running.address;
        self.until_the_end(async move { send(address, request).await.json() })
            .await
    }

    /// Recovers, unless the world ends before.
    pub(super) async fn recover(&self) -> Option<Value> {
        self.in_it(|gateway| async move {
            for network in [Network::Uzcard, Network::Humo] {
                gateway.payments.recover_due(network).await.unwrap();
            }
            Value::Null
        })
        .await
    }

    /// Does something inside.
    async fn in_it<F>(&self, work: impl FnOnce(Arc<Gateway>) -> F) -> Option<Value>
    where
        F: Future<Output = Value> + Send + 'static,
    {
        let task = self.runtime.spawn(work(Arc::clone(&self.running.gateway)));
        self.until_the_end(async { task.await.unwrap() }).await
    }

    async fn until_the_end(&self, work: impl Future<Output = Value>) -> Option<Value> {
        let mut ended = self.world.ended.subscribe();
        tokio::select! {
            biased;
            _ = ended.wait_for(|ended| *ended) => None,
            done = work => Some(done),
        }
    }

    /// The moments that it has come to.
    pub(super) fn seen(&self) -> Vec<CrashPoint> {
        self.world.seen.lock().unwrap().clone()
    }

    /// Nothing of it is left.
    pub(crate) async fn end(self) {
        let Self {
            runtime, running, ..
        } = self;
        drop(running);
        let gone = move || runtime.shutdown_timeout(std::time::Duration::from_secs(5));
        tokio::task::spawn_blocking(gone).await.unwrap();
    }
}
