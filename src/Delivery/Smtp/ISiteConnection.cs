using System.Net;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool;

namespace Postfleet.Delivery.Smtp;

/// <summary>What came of sending one message.</summary>
/// <param name="Outcomes">The outcome of every open recipient; empty when the connection was stale.</param>
/// <param name="Transactions">Transactions that were begun: the site has them on its count.</param>
/// <param name="IsStale">
/// Whether a connection that had served before was found dead before it said anything to this message: nothing was tried, and the message goes on a
/// fresh one at once.
/// </param>
internal readonly record struct SendResult(IReadOnlyList<RecipientOutcome> Outcomes, int Transactions, bool IsStale)
{
    public static SendResult Stale { get; } = new([], 0, true);
}

/// <summary>One open connection to one host of a site. Used by one caller at a time.</summary>
internal interface ISiteConnection : IAsyncDisposable
{
    /// <summary>Name and address of the host, for logs and DSNs: <c>mx.example.org[192.0.2.1]:25</c>.</summary>
    string RemoteHost { get; }

    /// <summary>Whether another message may be sent; false after a 421, a drop, or nonsense.</summary>
    bool IsUsable { get; }

    /// <summary>Messages that were sent on it.</summary>
    int Messages { get; }

    /// <summary>Sends one message to the open recipients of a part. Never throws for what the peer does; once DATA has begun it is not cancelled.</summary>
    ValueTask<SendResult> SendAsync(SpooledPart part, RecipientSet open, CancellationToken cancellationToken);

    /// <summary>Says QUIT and waits a short while for the answer.</summary>
    ValueTask QuitAsync();
}

/// <summary>How connecting to one address ended.</summary>
internal abstract record ConnectResult
{
    private ConnectResult()
    {
    }

    /// <summary>The host has greeted and answered EHLO or HELO.</summary>
    public sealed record Connected(ISiteConnection Connection) : ConnectResult;

    /// <summary>The host cannot be used now; another may.</summary>
    /// <param name="Reply">Why, as a reply of class 4.</param>
    public sealed record Refused(SmtpReply Reply) : ConnectResult;
}

/// <summary>Opens connections.</summary>
internal interface IHostConnector
{
    /// <summary>Connects to one address of a host. Never throws for what the network or the peer does.</summary>
    ValueTask<ConnectResult> ConnectAsync(string hostName, IPEndPoint endpoint, CancellationToken cancellationToken);
}
