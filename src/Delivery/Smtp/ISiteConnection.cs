using System.Net;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Routing;
using Postfleet.Spool;

namespace Postfleet.Delivery.Smtp;

/// <summary>How sending one message ended.</summary>
internal enum SendStatus
{
    /// <summary>Every open recipient has an outcome.</summary>
    Attempted,

    /// <summary>
    /// A connection that had served before was found dead before it said anything to this message, or its host wants no mail of another
    /// domain on it: nothing was tried, and the message goes on a fresh one at once.
    /// </summary>
    Stale,

    /// <summary>The fence was closed before the final dot: nobody has the message, and the connection is of no more use.</summary>
    Withheld,
}

/// <summary>What came of sending one message.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Outcomes">The outcome of every open recipient, if it was attempted.</param>
/// <param name="Transactions">Transactions that were begun: the site has them on its count.</param>
internal readonly record struct SendResult(SendStatus Status, IReadOnlyList<RecipientOutcome> Outcomes, int Transactions)
{
    public static SendResult Stale { get; } = new(SendStatus.Stale, [], 0);

    public static SendResult Withheld(int transactions) => new(SendStatus.Withheld, [], transactions);

    public static SendResult Attempted(IReadOnlyList<RecipientOutcome> outcomes, int transactions) =>
        new(SendStatus.Attempted, outcomes, transactions);
}

/// <summary>One open connection to one host of a site. Used by one caller at a time.</summary>
internal interface ISiteConnection : IAsyncDisposable
{
    /// <summary>Name and address of the host, for logs and DSNs: <c>mx.example.org[192.0.2.1]:25</c>.</summary>
    string RemoteHost { get; }

    /// <summary>What TLS it has, for logs: <c>TLSv1.3,TLS_AES_256_GCM_SHA384,verified</c>, or <c>none</c>.</summary>
    string Tls { get; }

    /// <summary>
    /// Whether another message may be sent; false after a 421, a drop, or nonsense, and when the host has taken as many as it wants.
    /// </summary>
    bool IsUsable { get; }

    /// <summary>Messages that were sent on it.</summary>
    int Messages { get; }

    /// <summary>
    /// Sends one message to the open recipients of a part. Never throws for what the peer does. Before the final dot the fence ends it;
    /// behind the dot its end has to be known, and it is only timed out.
    /// </summary>
    ValueTask<SendResult> SendAsync(SpooledPart part, RecipientSet open, FinalDotGuard fence);

    /// <summary>Says QUIT and waits a short while for the answer, unless the peer has gone or is going. Disposal closes the connection at
    /// once, whatever the peer does; it may come from elsewhere while a message is sent, and more than once.</summary>
    ValueTask QuitAsync();
}

/// <summary>One address of a host of a site.</summary>
/// <param name="Host">The host's name, as the site names it.</param>
/// <param name="Endpoint">Where it is.</param>
internal readonly record struct SiteAddress(string Host, EndPoint Endpoint)
{
    /// <summary>Whether another address is of the same host: by its name, or because two names lead to one address.</summary>
    public bool IsOfHost(SiteAddress other) => Host == other.Host || Endpoint.Equals(other.Endpoint);
}

/// <summary>How connecting to one address ended.</summary>
internal abstract record ConnectResult
{
    private ConnectResult()
    {
    }

    /// <summary>The host has greeted and answered EHLO or HELO.</summary>
    public sealed record Connected(ISiteConnection Connection) : ConnectResult
    {
        /// <summary>Which host of the site it is; null where it is none, as where mail leaves over no network.</summary>
        public SiteAddress? Address { get; init; }
    }

    /// <summary>The host cannot be used now; another may.</summary>
    /// <param name="Reply">Why, as a reply of class 4.</param>
    /// <param name="IsTlsBroken">Whether the host offered TLS, and failed at it.</param>
    public sealed record Refused(SmtpReply Reply, bool IsTlsBroken = false) : ConnectResult;
}

/// <summary>Opens connections.</summary>
internal interface IHostConnector
{
    /// <summary>Connects to one address of a host. Never throws for what the network or the peer does.</summary>
    /// <param name="hostName">The host's name, which its certificate is to be for.</param>
    /// <param name="endpoint">Where it is: an <see cref="IPEndPoint"/>, or a socket in the file system.</param>
    /// <param name="egress">How the connection leaves.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask<ConnectResult> ConnectAsync(string hostName, EndPoint endpoint, Egress egress, CancellationToken cancellationToken);
}
