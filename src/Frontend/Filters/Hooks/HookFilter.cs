using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Filters.Protocol;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Protocol;
using Postfleet.Frontend.Recipients;

namespace Postfleet.Frontend.Filters.Hooks;

/// <summary>
/// A filter that speaks MTA Hooks (JSON over HTTP), as a check of all stages. Each stage is a request of its own, so sessions keep no
/// state. One object serves all sessions; thread-safe.
/// </summary>
/// <param name="settings">The filter.</param>
/// <param name="client">Sends the requests.</param>
/// <param name="watch">Notes its failures.</param>
/// <param name="pulse">Finds out whether it answers.</param>
internal sealed class HookFilter(HookSettings settings, HookClient client, FilterWatch watch, HookPulse pulse) : ISessionFilter
{
    // Behind the time limits of the options.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(5);

    private readonly FilterOptions _options = settings.Options;

    /// <summary>Makes a filter, and starts its counters.</summary>
    /// <exception cref="Core.StartFailureException">A file of the filter cannot be used.</exception>
    public static HookFilter Of(
        FilterOptions options, string hostname, SmtpOptions limits, AddedRecipients added, TimeProvider time, ILogger logger)
    {
        FrontendMetrics.BeginFilter(options.Name);
        var client = new HookClient(options, time);
        return new HookFilter(
            new HookSettings(options, hostname, limits.MaxMessageSize.Bytes, added, time), client,
            new FilterWatch(options, time, logger), new HookPulse(options, client.AnswersAsync, time, logger));
    }

    /// <inheritdoc/>
    public string Name => $"filter {_options.Name}";

    /// <inheritdoc/>
    public TimeSpan Budget { get; } = settings.Options.ContentTimeout + settings.Options.CommandTimeout + Margin;

    /// <inheritdoc/>
    public Verdict WhenFailed => watch.WhenFailed;

    /// <inheritdoc/>
    public bool AppliesTo(ListenerProfile listener) => _options.StandsOn(listener.Service, listener.Filters);

    /// <inheritdoc/>
    public Verdict? Judge(ConnectSubject subject) => Judge(FilterStages.Connect);

    /// <inheritdoc/>
    public ValueTask<Verdict> AskAsync(ConnectSubject subject, CancellationToken cancellationToken) =>
        AskAsync(Request(FilterStages.Connect, subject.Session), isOpening: true, cancellationToken);

    /// <inheritdoc/>
    public Verdict? Judge(HelloSubject subject) => Judge(FilterStages.Hello);

    /// <inheritdoc/>
    public ValueTask<Verdict> AskAsync(HelloSubject subject, CancellationToken cancellationToken) => AskAsync(
        HookRequest.Of(FilterStages.Hello, (ISmtpSession)subject.Session, settings.Hostname, subject.Name, null), isOpening: false,
        cancellationToken);

    /// <inheritdoc/>
    public Verdict? Judge(MailSubject subject) => Judge(FilterStages.Mail);

    /// <inheritdoc/>
    public ValueTask<Verdict> AskAsync(MailSubject subject, CancellationToken cancellationToken) => AskAsync(
        Request(FilterStages.Mail, subject.Session, subject.ReversePath, subject.DeclaredSize, []), isOpening: false, cancellationToken);

    /// <inheritdoc/>
    public Verdict? Judge(RecipientSubject subject) => Judge(FilterStages.Recipient);

    /// <inheritdoc/>
    public ValueTask<Verdict> AskAsync(RecipientSubject subject, CancellationToken cancellationToken)
    {
        var before = subject.Session.Recipients.Select(recipient => (recipient, DsnRequest.None));
        return AskAsync(
            Request(FilterStages.Recipient, subject.Session, subject.Session.ReversePath, null,
                [.. before, (subject.Recipient, subject.Request)]),
            isOpening: false, cancellationToken);
    }

    /// <inheritdoc/>
    public Verdict? Judge(UnknownSubject subject) => Verdict.Accept;

    /// <inheritdoc/>
    public Verdict? Judge(MessageSubject subject) => Judge(FilterStages.Data);

    /// <inheritdoc/>
    public async ValueTask<Verdict> AskAsync(MessageSubject subject, CancellationToken cancellationToken)
    {
        var began = settings.Time.GetTimestamp();
        if (MessageLayout.Read(subject.Content, subject.Id) is not { } layout) return FilterVerdicts.HeaderTooLong;
        try
        {
            var changes = new FilterChanges(subject.Memory, settings.MaxBody);
            changes.Reserve(HookRequest.MemoryOf(layout));
            var request = HookRequest.Of(subject, layout, settings.Hostname);
            var json = await client.PostAsync(request, _options.ContentTimeout, subject.Memory, cancellationToken);
            var answer = json is { } given ? HookAnswer.Read(given.Span, changes) : HookAnswer.Accepted;
            if (answer.IsQuarantined) changes.Quarantine = Reason;
            var verdict = answer.Decision == MilterDecision.Continue
                ? FilterChange.Apply(layout, subject, changes, keepsSpace: false, settings.Added, watch) : VerdictOf(answer);
            FrontendMetrics.Filtered(_options.Name, verdict, settings.Time.GetElapsedTime(began));
            return verdict;
        }
        catch (FilterException e)
        {
            return Failed(e, isOpening: false);
        }
    }

    private string Reason => $"by {_options.Name}";

    private Verdict? Judge(FilterStages stage) => !settings.Stages.HasFlag(stage) || watch.IsPaused || pulse.IsHung ? Verdict.Accept : null;

    private HookRequest Request(FilterStages stage, ISessionView session) =>
        HookRequest.Of(stage, (ISmtpSession)session, settings.Hostname, session.ClientName, null);

    private HookRequest Request(
        FilterStages stage, ISessionView session, Mailbox? sender, long? size, IReadOnlyList<(Mailbox, DsnRequest)> recipients) =>
        HookRequest.Of(
            stage, (ISmtpSession)session, settings.Hostname, session.ClientName,
            json => HookRequest.WriteEnvelope(json, sender, size, recipients));

    private async ValueTask<Verdict> AskAsync(HookRequest request, bool isOpening, CancellationToken cancellationToken)
    {
        try
        {
            var json = await client.PostAsync(request, _options.CommandTimeout, null, cancellationToken);
            var answer = json is { } given ? HookAnswer.Read(given.Span, null) : HookAnswer.Accepted;
            if (answer.IsQuarantined) return Verdict.AcceptWith(QuarantineHeader.FieldName, Reason);
            var verdict = VerdictOf(answer);
            if (verdict.Kind != VerdictKind.Accept) FrontendMetrics.Filtered(_options.Name, verdict);
            return verdict;
        }
        catch (FilterException e)
        {
            return Failed(e, isOpening);
        }
    }

    // A sender chooses what the hook has to judge at the stages behind the connection, so a time-out there may be the fault of one mail.
    private Verdict Failed(FilterException e, bool isOpening)
    {
        if (e.Fault == FilterFault.TimedOut) pulse.TimedOut();
        return watch.Failed(e, isOpening || e.Fault == FilterFault.Unreachable);
    }

    private static Verdict VerdictOf(in HookAnswer answer) => FilterVerdicts.Of(new MilterAnswer(answer.Decision, answer.Reply));
}
