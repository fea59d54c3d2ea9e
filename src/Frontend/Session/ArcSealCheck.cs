using System.Collections.Immutable;
using Postfleet.Authentication.Arc;
using Postfleet.Authentication.Dkim;
using Postfleet.Authentication.Inbound;
using Postfleet.Authentication.Messages;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Session;

/// <summary>
/// Seals inbound messages by ARC (RFC 8617), behind all checks that change a message, over the octets that will be stored. The chain was
/// verified by <see cref="InboundCheck"/>, before any change. One object serves all sessions of a listener.
/// </summary>
/// <param name="options">The domain and the selector.</param>
/// <param name="key">The private key.</param>
/// <param name="service">The authserv-id, as in Authentication-Results.</param>
internal sealed class ArcSealCheck(SealOptions options, DkimPrivateKey key, string service)
    : ISessionCheck<MessageSubject>
{
    // The fields that RFC 6376 section 5.4.1 names, and the signatures of the author (RFC 8617 section 4.1.2).
    private static readonly ImmutableArray<string> SignedFields =
    [
        "From", "Reply-To", "Subject", "Date", "To", "Cc", "Message-ID", "In-Reply-To", "References", "MIME-Version", "Content-Type",
        "Content-Transfer-Encoding", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "DKIM-Signature",
    ];

    private readonly ArcSealing _sealing = new(
        DomainName.TryParse(options.Domain, out var domain) ? domain : throw new ArgumentException("no domain", nameof(options)),
        options.Selector.ToLowerInvariant(), default, service)
    {
        SignedFields = SignedFields,
    };

    /// <inheritdoc/>
    public string Name => "arc seal";

    /// <summary>A message without a seal is better than none.</summary>
    public Verdict WhenFailed => Verdict.Accept;

    /// <summary>
    /// Begins the checks of the present message. The result is called with the results; a call that comes too late has no effect on other
    /// messages.
    /// </summary>
    /// <param name="session">The session.</param>
    public Action<MessageAuthentication, ImmutableArray<string>> Begin(ISmtpSession session)
    {
        var (state, transaction) = (StateOf(session), session.Transactions);
        return (found, results) => state.Found = new Found(transaction, found, results);
    }

    /// <inheritdoc/>
    public Verdict? Judge(MessageSubject subject) =>
        StateOf(subject.Session).Found?.Transaction == subject.Session.Transactions ? null : Verdict.Accept;

    /// <inheritdoc/>
    public ValueTask<Verdict> AskAsync(MessageSubject subject, CancellationToken cancellationToken) => new(Seal(subject));

    private Verdict Seal(in MessageSubject subject)
    {
        if (StateOf(subject.Session).Found is not { } found) return Verdict.Accept;
        var sealing = _sealing with { Time = found.Checked.At, Results = found.Results };
        var fields = ArcSealer.Seal(MessageHeader.Read(subject.Content.Octets), found.Checked.Arc, sealing, key);
        if (fields is null || !subject.Memory.TryReserve(fields.Length)) return Verdict.Accept;
        return Verdict.AcceptChanged(new MessageChange { Content = AddedHeaders.Above(subject.Content, [fields]) });
    }

    private State StateOf(ISmtpSession session) => session.StateOf(this, () => new State());

    private sealed record Found(int Transaction, MessageAuthentication Checked, ImmutableArray<string> Results);

    private sealed class State : IAsyncDisposable
    {
        public volatile Found? Found;

        public ValueTask DisposeAsync() => default;
    }
}
