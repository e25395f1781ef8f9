//! What every implementation of the log must do, as a suite that runs against any of them.
//!
//! A crate brings a [`Ground`], and [`conformance_tests!`](crate::conformance_tests) makes one test of each case.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a suite of tests")]

pub mod beside;
pub mod devices;
pub mod leases;
pub mod lost;
pub mod money;
pub mod order;
pub mod push;
pub mod schedules;
pub mod till;

use std::sync::Arc;

use async_trait::async_trait;

pub use till::Till;

use crate::ChainLog;

/// Where a log can stand: opened again, it is the same log. It is fresh for each case.
#[async_trait]
pub trait Ground: Send + Sync {
    /// The handle before has been dropped.
    async fn open(&self) -> Arc<dyn ChainLog>;
}

/// One test for each case of the suite; `$ground` is a function that makes a fresh [`Ground`].
#[macro_export]
macro_rules! conformance_tests {
    ($ground:path) => {
        $crate::conformance_tests!(@ $ground:
            push::what_was_pushed_is_read_back,
            push::pushing_again_is_acknowledged_for_ever,
            push::an_overlap_appends_the_rest,
            push::a_gap_says_what_is_expected,
            push::a_fork_is_kept_once_and_stops_the_log,
            push::a_fork_further_back_is_found_by_its_prev,
            push::a_revoked_device_is_refused_and_its_bytes_kept,
            push::what_comes_after_a_refusal_is_kept_wherever_it_stands,
            push::a_log_belongs_to_its_first_device,
            push::a_head_in_the_wrong_place_is_damaged,
            push::what_is_not_known_is_taken_as_it_is,
            push::absent_parts_stay_absent,
            push::an_operation_too_large_is_refused,
            push::any_pushes_agree_with_a_plain_count,
            order::eight_writers_make_one_sequence_without_gaps,
            order::everything_outlives_a_restart,
            order::own_operations_come_as_marks,
            order::frames_are_cut_to_size,
            order::frames_are_cut_to_a_count,
            order::the_tip_wakes_who_waits,
            order::a_cursor_past_the_end_is_a_gap,
            order::the_head_of_a_log_is_told,
            beside::the_first_key_and_the_latest_credential_stand,
            beside::credentials_go_to_their_store_and_hq,
            beside::nothing_is_shown_before_what_goes_beside_it,
            beside::a_push_of_nothing_but_beside,
            beside::a_store_cannot_set_how_hq_signs_in,
            beside::a_credential_of_the_future_is_replaced,
            beside::a_refused_push_leaves_nothing_beside,
            devices::a_code_serves_one_key_and_that_for_ever,
            devices::a_code_expires,
            devices::tills_are_numbered_in_their_store,
            devices::a_revocation_stands,
            devices::who_was_seen_is_told,
            devices::settings_are_kept,
            leases::what_is_free_is_lent_once,
            leases::an_answer_is_for_ever,
            leases::a_spend_and_its_seal_free_the_rest,
            leases::a_credit_that_is_kept_is_lent_from_the_start,
            leases::what_is_called_back_is_told_until_it_is_sealed,
            leases::a_recall_that_comes_first_denies,
            leases::ids_are_one_name_space,
            leases::nobody_asks_in_anothers_name,
            leases::what_does_not_count_moves_no_account,
            leases::who_began_the_chain_is_head_office,
            leases::every_kind_moves_its_accounts,
            leases::a_coupon_comes_back_once_from_each_sale,
            leases::a_breach_is_noted_once,
            leases::a_sum_past_counting_stops_nothing,
            lost::a_revoked_device_is_in_doubt,
            lost::a_release_is_booked_and_said_again,
            lost::a_disk_that_was_read_frees_without_risk,
            lost::a_new_file_puts_the_old_ones_leases_in_doubt,
            lost::a_stopped_log_is_lent_nothing,
            schedules::any_schedule_agrees_with_a_plain_account,
        );
    };
    (@ $ground:path: $($module:ident :: $case:ident,)*) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $case() {
            $crate::conformance::$module::$case(&$ground()).await;
        })*
    };
}
