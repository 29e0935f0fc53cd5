//! The load: callers on kept connections, from one thread. It reads a plan as JSON from its input and prints what came of it.
//!
//! In a closed loop each caller goes through the steps again and again, one call at a time. In an open loop (`rate`) a turn
//! through the steps is due at each tick, whether those before were answered or not, on whichever connection is free. Times count
//! from when a turn was due, so what had to wait for the gateway has waited. It prints what was served, and apart what was refused.

mod caller;
mod plan;

use std::collections::VecDeque;
use std::error::Error;
use std::io;
use std::time::{Duration, Instant};

use peers::times::{Percentiles, Times};
use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use serde::Serialize;

use caller::{Caller, Heard};
use plan::Plan;

/// How long answers are waited for after the end.
const PATIENCE: Duration = Duration::from_secs(20);

/// What it prints. Seconds count from the first call to the last answer.
#[derive(Serialize)]
struct Outcome {
    seconds: f64,
    /// Turns that were served to their end.
    turns: Percentiles,
    steps: Vec<Percentiles>,
    refused: usize,
    /// Connections that broke.
    broken: usize,
    /// Turns that were due and not answered in time.
    unanswered: usize,
    /// The first refusal.
    refusal: Option<String>,
}

struct Measured {
    turns: Times,
    steps: Vec<Times>,
    refused: usize,
    broken: usize,
    refusal: Option<String>,
    last_answer: Instant,
}

/// When turns begin.
struct Schedule {
    began: Instant,
    end: Instant,
    /// `None` in a closed loop.
    rate: Option<f64>,
    issued: u32,
}

impl Schedule {
    /// The moment of the next turn of an open loop, if one is left.
    fn due(&self) -> Option<Instant> {
        let at = self.began + Duration::from_secs_f64(f64::from(self.issued) / self.rate?);
        (at < self.end).then_some(at)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let plan: Plan = serde_json::from_reader(io::stdin())?;
    println!("{}", serde_json::to_string(&run(&plan)?)?);
    Ok(())
}

fn run(plan: &Plan) -> Result<Outcome, Box<dyn Error>> {
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    let mut callers = Vec::new();
    for (number, address) in (0..plan.callers).zip(plan.addresses.iter().cycle()) {
        callers.push(Caller::connect(address, number, &epoll)?);
    }
    let began = Instant::now();
    let mut schedule = Schedule {
        began,
        end: began + Duration::from_secs_f64(plan.seconds),
        rate: plan.rate,
        issued: 0,
    };
    let mut measured = Measured {
        turns: Times::default(),
        steps: plan.steps.iter().map(|_| Times::default()).collect(),
        refused: 0,
        broken: 0,
        refusal: None,
        last_answer: began,
    };
    // Turns that are due, and callers that could begin one.
    let mut due: VecDeque<Instant> = VecDeque::new();
    let mut free: Vec<usize> = Vec::new();
    match schedule.rate {
        Some(_) => free.extend(0..callers.len()),
        None => {
            for caller in &mut callers {
                caller.begin(plan, began)?;
            }
        }
    }
    let mut events = Vec::with_capacity(256);
    loop {
        let now = Instant::now();
        while schedule.due().is_some_and(|at| at <= now) {
            due.extend(schedule.due());
            schedule.issued += 1;
        }
        while let (Some(at), Some(which)) = (due.front().copied(), free.last().copied()) {
            due.pop_front();
            free.pop();
            callers[which].begin(plan, at)?;
        }
        let is_over = schedule.due().is_none() && now >= schedule.end;
        if is_over && due.is_empty() && callers.iter().all(|caller| !caller.is_waiting())
            || now >= schedule.end + PATIENCE
        {
            break;
        }
        let until = schedule.due().unwrap_or(if now < schedule.end {
            schedule.end
        } else {
            schedule.end + PATIENCE
        });
        let timeout = Timespec::try_from(until.saturating_duration_since(now))?;
        epoll::wait(&epoll, spare_capacity(&mut events), Some(&timeout))?;
        for event in events.drain(..) {
            let which = usize::try_from(event.data.u64())?;
            let caller = &mut callers[which];
            let heard = caller.hear(plan, &epoll)?;
            let now = Instant::now();
            match heard {
                Heard::Nothing => continue,
                Heard::Served { step, took } => {
                    measured.steps[step].add(took);
                    measured.last_answer = now;
                    if caller.has_more(plan) {
                        caller.go_on(plan)?;
                        continue;
                    }
                    measured.turns.add(caller.turn_took(now));
                }
                Heard::Refused { calls, reply } => {
                    measured.refused += calls;
                    measured.refusal.get_or_insert(reply);
                    measured.last_answer = now;
                }
                Heard::Broken => measured.broken += 1,
            }
            match schedule.rate {
                Some(_) => free.push(which),
                None if now < schedule.end => caller.begin(plan, now)?,
                None => {}
            }
        }
    }
    let waiting = callers.iter().filter(|caller| caller.is_waiting()).count();
    Ok(Outcome {
        seconds: (measured.last_answer - began).as_secs_f64(),
        turns: measured.turns.percentiles(),
        steps: measured.steps.into_iter().map(Times::percentiles).collect(),
        refused: measured.refused,
        broken: measured.broken,
        unanswered: due.len() + waiting,
        refusal: measured.refusal,
    })
}
