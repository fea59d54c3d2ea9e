using System.Runtime.CompilerServices;
using Postfleet.Contracts.Budgets;
using Postfleet.Contracts.Receiving;
using Postfleet.Contracts.Users;
using Postfleet.Core.Budgets;
using Postfleet.Core.Users;
using Postfleet.Frontend.Authentication;

namespace Postfleet.Frontend.Session;

/// <summary>
/// Applies the limits of users: each recipient takes a unit of the day and of the rate, and a first-time recipient a unit of its own. Runs
/// behind the other checks of the recipient stage of submission listeners, since a recipient that is refused anyway takes none, and before
/// the filters, so that a user over a limit makes no work for them. Users without limits pass at once. Called by the session's machine; one
/// object serves all sessions.
/// </summary>
internal sealed class UserLimitCheck(SubmissionServices submission, IBudgets budgets, ILimitReport report) : ISessionCheck<RecipientSubject>
{
    private readonly ConditionalWeakTable<MailUser, UserBudgets> _limits = [];

    /// <inheritdoc/>
    public string Name => "limits";

    /// <inheritdoc/>
    public bool AppliesTo(ListenerProfile listener) => listener.RequiresAuthentication;

    /// <inheritdoc/>
    public Verdict? Judge(RecipientSubject subject)
    {
        var session = (IStagedSession)subject.Session;
        // A changed limit holds for the next recipient of an open session, and so does a first one.
        if (session.Login is not { } login || !submission.Present().IsCurrent(login)) return null;
        return UserBudgets.IsLimited(login.User) ? TryTake(session, login, subject) : Verdict.Accept;
    }

    /// <inheritdoc/>
    public async ValueTask<Verdict> AskAsync(RecipientSubject subject, CancellationToken cancellationToken)
    {
        var session = (IStagedSession)subject.Session;
        if (session.Login is not { } login) return LoginCheck.NotAnyMore;
        try
        {
            if (!submission.Present().IsCurrent(login))
            {
                // Null ends the login: the client may authenticate again in this session.
                session.Login = await submission.Present().RenewAsync(login, cancellationToken);
                if (session.Login is null) return LoginCheck.NotAnyMore;
                login = session.Login;
            }

            return UserBudgets.IsLimited(login.User) ? await TakeAsync(session, login, subject, cancellationToken) : Verdict.Accept;
        }
        catch (UsersUnavailableException)
        {
            return LoginCheck.Unknown;
        }
        catch (BudgetsUnavailableException)
        {
            return Verdict.Unavailable;
        }
    }

    // Null if the storage has to be asked; nothing is taken then.
    private Verdict? TryTake(IStagedSession session, Login login, in RecipientSubject subject)
    {
        var limits = _limits.GetValue(login.User, UserBudgets.Of);
        if (limits.NewRecipients is { } contacts)
        {
            if (budgets.TryMeet(new BudgetContact(contacts, RecipientKey.Of(subject.Recipient)), login.User) is not { } met) return null;
            if (!met.IsGranted) return report.Refuse(session, login.Name, contacts, met);
        }

        BudgetAnswer day = default;
        if (limits.Recipients is { } daily)
        {
            if (budgets.TryTake(daily, login.User) is not { } answer) return null;
            if (!answer.IsGranted) return report.Refuse(session, login.Name, daily, answer);
            day = answer;
        }

        BudgetAnswer rate = default;
        if (limits.Rate is { } perTime)
        {
            var answer = budgets.TryTake(perTime, login.User);
            if (answer is not { IsGranted: true } && limits.Recipients is { } taken) budgets.Return(new BudgetReturn(taken, day.Series, 1));
            if (answer is not { } known) return null;
            if (!known.IsGranted) return report.Refuse(session, login.Name, perTime, known);
            rate = known;
        }

        var units = session.Transaction.Units ??= new TransactionUnits(budgets);
        if (limits.Recipients is not null) units.Add(limits.Recipients, day.Series);
        if (limits.Rate is not null) units.Add(limits.Rate, rate.Series);
        return Verdict.Accept;
    }

    private async ValueTask<Verdict> TakeAsync(
        IStagedSession session, Login login, RecipientSubject subject, CancellationToken cancellationToken)
    {
        var limits = _limits.GetValue(login.User, UserBudgets.Of);
        var ahead = session.Transaction.Accepted;
        var units = session.Transaction.Units ??= new TransactionUnits(budgets);
        // Units of this recipient until all limits have granted it.
        var taken = new TransactionUnits(budgets);
        try
        {
            if (limits.Recipients is { } daily)
            {
                var answer = await budgets.TakeAsync(daily, login.User, ahead, cancellationToken);
                if (!answer.IsGranted) return report.Refuse(session, login.Name, daily, answer);
                taken.Add(daily, answer.Series);
            }

            if (limits.Rate is { } perTime)
            {
                var answer = await budgets.TakeAsync(perTime, login.User, ahead, cancellationToken);
                if (!answer.IsGranted) return report.Refuse(session, login.Name, perTime, answer);
                taken.Add(perTime, answer.Series);
            }

            if (limits.NewRecipients is { } contacts)
            {
                var contact = new BudgetContact(contacts, RecipientKey.Of(subject.Recipient));
                var answer = budgets.TryMeet(contact, login.User) is { IsGranted: true } known ? known
                    : await budgets.MeetAsync(
                        contact, [.. session.Transaction.Pipelined.Select(next => new BudgetContact(contacts, RecipientKey.Of(next)))],
                        login.User, cancellationToken);
                if (!answer.IsGranted) return report.Refuse(session, login.Name, contacts, answer);
            }

            taken.MoveTo(units);
            return Verdict.Accept;
        }
        finally
        {
            taken.Return();
        }
    }
}
