using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Recipients;

namespace Postfleet.Frontend.Filters;

/// <summary>
/// A filter that speaks the milter protocol, as a check of all stages. Each session has its own connection
/// (<see cref="MilterSession"/>). One object serves all sessions; thread-safe.
/// </summary>
/// <param name="settings">The filter.</param>
/// <param name="watch">Notes its failures.</param>
internal sealed class MilterFilter(MilterSettings settings, FilterWatch watch) : ISessionFilter
{
    private readonly FilterOptions _options = settings.Options;

    /// <summary>Makes a filter, and starts its counters.</summary>
    public static MilterFilter Of(
        FilterOptions options, string hostname, SmtpOptions limits, AddedRecipients added, TimeProvider time, ILogger logger)
    {
        FrontendMetrics.BeginFilter(options.Name);
        return new MilterFilter(
            new MilterSettings(options, hostname, limits.MaxMessageSize.Bytes, added, time), new FilterWatch(options, time, logger));
    }

    /// <inheritdoc/>
    public string Name => $"filter {_options.Name}";

    /// <summary>
    /// A filter that works on may take several times the limit of a reply. The client waits ten minutes (RFC 5321 section 4.5.3.2.6).
    /// </summary>
    public TimeSpan Budget { get; } = TimeSpan.FromMinutes(9);

    /// <inheritdoc/>
    public Verdict WhenFailed => watch.WhenFailed;

    /// <inheritdoc/>
    public bool AppliesTo(ListenerProfile listener) => _options.StandsOn(listener.Service, listener.Filters);

    /// <inheritdoc/>
    public Verdict? Judge(ConnectSubject subject) => StateOf(subject.Session).Connect();

    /// <inheritdoc/>
    public ValueTask<Verdict> AskAsync(ConnectSubject subject, CancellationToken cancellationToken) =>
        StateOf(subject.Session).AskAsync(cancellationToken);

    /// <inheritdoc/>
    public Verdict? Judge(HelloSubject subject) => StateOf(subject.Session).Hello(subject.Name);

    /// <inheritdoc/>
    public ValueTask<Verdict> AskAsync(HelloSubject subject, CancellationToken cancellationToken) =>
        StateOf(subject.Session).AskAsync(cancellationToken);

    /// <inheritdoc/>
    public Verdict? Judge(MailSubject subject) => StateOf(subject.Session).Mail(subject);

    /// <inheritdoc/>
    public ValueTask<Verdict> AskAsync(MailSubject subject, CancellationToken cancellationToken) =>
        StateOf(subject.Session).AskAsync(cancellationToken);

    /// <inheritdoc/>
    public Verdict? Judge(RecipientSubject subject) => StateOf(subject.Session).Recipient(subject);

    /// <inheritdoc/>
    public ValueTask<Verdict> AskAsync(RecipientSubject subject, CancellationToken cancellationToken) =>
        StateOf(subject.Session).AskAsync(cancellationToken);

    /// <inheritdoc/>
    public Verdict? Judge(UnknownSubject subject) => StateOf(subject.Session).Unknown(subject.Line);

    /// <inheritdoc/>
    public ValueTask<Verdict> AskAsync(UnknownSubject subject, CancellationToken cancellationToken) =>
        StateOf(subject.Session).AskAsync(cancellationToken);

    /// <inheritdoc/>
    public Verdict? Judge(MessageSubject subject) => StateOf(subject.Session).Message();

    /// <inheritdoc/>
    public async ValueTask<Verdict> AskAsync(MessageSubject subject, CancellationToken cancellationToken)
    {
        var began = settings.Time.GetTimestamp();
        var state = StateOf(subject.Session);
        var verdict = await state.AskAsync(subject, cancellationToken);
        if (!state.HasFailed) FrontendMetrics.Filtered(_options.Name, verdict, settings.Time.GetElapsedTime(began));
        return verdict;
    }

    private MilterSession StateOf(ISessionView session) =>
        ((ISmtpSession)session).StateOf(this, () => new MilterSession(settings, watch, (ISmtpSession)session));
}
