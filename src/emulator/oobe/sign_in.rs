//! Who unpacked the laptop.

use super::run::{Run, Stopped};
use crate::emulator::directory;
use crate::emulator::world::collection::text;

impl Run<'_> {
    pub(crate) fn sign_in(&mut self) -> Result<(), Stopped> {
        const STEP: &str = "sign-in";
        if self.is_shared() {
            self.skip(STEP, "The profile is for a shared device, which sets itself up without a user.");
            return Ok(());
        }
        let assigned = self
            .identity
            .as_ref()
            .filter(|_| self.profile.is_some())
            .map(|identity| text(identity, "userPrincipalName").to_owned())
            .filter(|assigned| !assigned.is_empty());
        let Some(name) = self.request.user.clone().or_else(|| assigned.clone()) else {
            return self.stop(
                STEP,
                "Nobody signs in: the request names no user, and none is assigned to the laptop.",
                "Assign a user, for instance with `autopilot_user_assignment`, or name one in `user_principal_name`.",
            );
        };
        let Some(user) = directory::user(self.tenant, &name).cloned() else {
            let reason = format!("There is no user {name:?} in {}.", self.tenant.display_name);
            return self.stop(STEP, reason, "Correct the name, or create the user.");
        };
        let own = text(&user, "userPrincipalName").to_owned();
        if user.get("accountEnabled").is_some_and(|enabled| enabled == false) {
            return self.stop(
                STEP,
                format!("The account of {own} is disabled."),
                "Unblock the account, or assign another user.",
            );
        }
        if text(&user, "userType") == "Guest" {
            return self.stop(
                STEP,
                format!("{own} is a guest, and guests cannot set up devices here."),
                "Assign a member of the organization.",
            );
        }
        let other = assigned.filter(|assigned| !assigned.eq_ignore_ascii_case(&own));
        let asks_to_hide = self
            .profile
            .as_ref()
            .is_some_and(|profile| profile["outOfBoxExperienceSetting"]["escapeLinkHidden"] == true);
        // "Configure Windows Autopilot profiles": hiding the options takes company branding. That they are shown without it,
        // as if nobody had asked, is a guess.
        let hidden = asks_to_hide && directory::is_branded(self.tenant);
        let greeting = self
            .identity
            .as_ref()
            .map(|identity| text(identity, "addressableUserName").to_owned())
            .unwrap_or_default();
        let reason = match other {
            Some(assigned) if hidden => {
                return self.stop(
                    STEP,
                    format!(
                        "The page is prepared for {assigned}, and the profile hides the link to change the account: \
                         {own} cannot sign in."
                    ),
                    format!("Assign the device to `{own}`."),
                );
            }
            Some(assigned) => {
                format!("The page was prepared for {assigned}; {own} changed the account and signed in.")
            }
            None if self.request.user.is_none() || self.is_assigned_to(&own) => {
                format!("The page greets {greeting} and knows {own} already; the password is enough.")
            }
            None => format!("{own} typed name and password."),
        };
        self.user = Some(user);
        self.ok(STEP, 60, reason);
        Ok(())
    }

    fn is_assigned_to(&self, user: &str) -> bool {
        self.profile.is_some()
            && self
                .identity
                .as_ref()
                .is_some_and(|identity| text(identity, "userPrincipalName").eq_ignore_ascii_case(user))
    }
}
