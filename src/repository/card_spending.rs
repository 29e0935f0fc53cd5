//! What is debited from a card in an hour and a day.

use entity::card_spending::{self, Column};
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait as _, OnConflict};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, Set};

use crate::database::{Connection, Fetch as _, Hold as _, Statements};

/// The hour and the day of a debit, as they are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct When {
    pub hour: i64,
    pub day: i64,
}

/// How many debits, and how much, in tiyin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Most {
    pub hour_count: i64,
    pub hour_sum: i64,
    pub day_count: i64,
    pub day_sum: i64,
}

/// Which of the limits was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    Count,
    Sum,
}

/// Counts a debit, with the commit, which fails if a limit is reached. False: this debit alone is beyond one.
pub async fn take(
    db: &Statements,
    pan_hash: &[u8],
    amount: i64,
    when: When,
    most: Most,
) -> Result<bool, DbErr> {
    let stored = |column: Column| Expr::col((card_spending::Entity, column));
    let same_hour = || stored(Column::Hour).eq(when.hour);
    let same_day = || stored(Column::Day).eq(when.day);
    let so_far = |same: Expr, column: Column| {
        let known = CaseStatement::new().case(same, stored(column));
        Expr::Case(Box::new(known.finally(0)))
    };
    let hour_count = || so_far(same_hour(), Column::HourCount).add(1);
    let hour_sum = || so_far(same_hour(), Column::HourSum).add(amount);
    let day_count = || so_far(same_day(), Column::DayCount).add(1);
    let day_sum = || so_far(same_day(), Column::DaySum).add(amount);
    let within = hour_count()
        .lte(most.hour_count)
        .and(hour_sum().lte(most.hour_sum))
        .and(day_count().lte(most.day_count))
        .and(day_sum().lte(most.day_sum));
    let again = OnConflict::column(Column::PanHash)
        .value(Column::HourCount, hour_count())
        .value(Column::HourSum, hour_sum())
        .value(Column::DayCount, day_count())
        .value(Column::DaySum, day_sum())
        .value(Column::Hour, when.hour)
        .value(Column::Day, when.day)
        .action_and_where(within)
        .to_owned();
    if amount > most.hour_sum || amount > most.day_sum {
        // The first one of a card is not compared by the statement.
        return Ok(false);
    }
    let first = card_spending::ActiveModel {
        pan_hash: Set(pan_hash.to_vec()),
        hour: Set(when.hour),
        hour_count: Set(1),
        hour_sum: Set(amount),
        day: Set(when.day),
        day_count: Set(1),
        day_sum: Set(amount),
    };
    card_spending::Entity::insert(first)
        .on_conflict(again)
        .hold_as_guard(db)
        .await?;
    Ok(true)
}

/// Which limit has refused a debit.
pub async fn reached(
    db: &impl Connection,
    pan_hash: &[u8],
    when: When,
    most: Most,
) -> Result<Reached, DbErr> {
    let row = card_spending::Entity::find_by_id(pan_hash.to_vec())
        .fetch_one(db)
        .await?;
    let is_count = row.is_some_and(|row| {
        row.hour == when.hour && row.hour_count >= most.hour_count
            || row.day == when.day && row.day_count >= most.day_count
    });
    Ok(match is_count {
        true => Reached::Count,
        false => Reached::Sum,
    })
}

/// Gives back what a debit has counted that was not carried out. What is of an hour or a day gone by is forgotten already.
pub async fn give_back(
    db: &Statements,
    pan_hash: &[u8],
    amount: i64,
    when: When,
) -> Result<(), DbErr> {
    let less = |window: Column, now: i64, column: Column, by: i64| {
        let enough = Expr::col(window).eq(now).and(Expr::col(column).gte(by));
        let case = CaseStatement::new().case(enough, Expr::col(column).sub(by));
        Expr::Case(Box::new(case.finally(Expr::col(column))))
    };
    let (hour, day) = (Column::Hour, Column::Day);
    card_spending::Entity::update_many()
        .col_expr(
            Column::HourCount,
            less(hour, when.hour, Column::HourCount, 1),
        )
        .col_expr(
            Column::HourSum,
            less(hour, when.hour, Column::HourSum, amount),
        )
        .col_expr(Column::DayCount, less(day, when.day, Column::DayCount, 1))
        .col_expr(Column::DaySum, less(day, when.day, Column::DaySum, amount))
        .filter(Column::PanHash.eq(pan_hash.to_vec()))
        .hold(db)
        .await
}
