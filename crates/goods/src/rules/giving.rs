//! To whom goods go back.

use tallymark_base::id::OrganisationId;

/// Who handed goods to their holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Giver {
    /// Nobody holds them: they never left the brand.
    NotHandedOver,
    /// The brand itself, to `holder`.
    Brand {
        /// Who holds them.
        holder: OrganisationId,
    },
    /// An organisation.
    Organisation(OrganisationId),
}

/// Who handed goods to the last of their `holders`, first to last. Goods that came back are where they were before: a
/// dealer that got them back from a store returns them to whom the dealer had them from, not to the store.
pub(crate) fn giver_of(holders: impl IntoIterator<Item = OrganisationId>) -> Giver {
    let mut line: Vec<OrganisationId> = Vec::new();
    for holder in holders {
        // Whoever is told that goods arrived holds them already.
        if line.last() == Some(&holder) {
            continue;
        }
        if line.len() >= 2 && line[line.len() - 2] == holder {
            line.pop();
        } else {
            line.push(holder);
        }
    }
    match line.as_slice() {
        [] => Giver::NotHandedOver,
        [holder] => Giver::Brand { holder: *holder },
        [.., giver, _] => Giver::Organisation(*giver),
    }
}

#[cfg(test)]
mod tests {
    use tallymark_base::TypedId as _;

    use super::*;

    #[test]
    fn goods_go_back_one_step_of_their_way_and_a_return_is_a_step_back() {
        let [dealer, store, other] = [1, 2, 3].map(OrganisationId::from_raw);
        let cases: [(&[OrganisationId], Giver); 7] = [
            (&[], Giver::NotHandedOver),
            (&[dealer], Giver::Brand { holder: dealer }),
            (&[dealer, dealer], Giver::Brand { holder: dealer }),
            (&[dealer, store, store], Giver::Organisation(dealer)),
            (&[dealer, store, dealer], Giver::Brand { holder: dealer }),
            (&[dealer, store, dealer, other], Giver::Organisation(dealer)),
            (&[dealer, store, other], Giver::Organisation(store)),
        ];
        for (holders, expected) in cases {
            assert_eq!(giver_of(holders.iter().copied()), expected, "{holders:?}");
        }
    }
}
