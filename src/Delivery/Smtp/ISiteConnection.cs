using System.Net;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Routing;
using Postfleet.Spool.Common;

namespace Postfleet.Delivery.Smtp;

/// <summary>How the transmission of one message ended.</summary>
internal enum SendResultKind
{
    /// <summary>Every open recipient has an outcome.</summary>
    Attempted,

    /// <summary>
    /// A connection that was reused, or had waited for its first message, was dead before the peer replied to this message, or the peer
    /// accepts no further domain on it (RFC 9422). Nothing was attempted; the message is sent again at once on a new connection.
    /// </summary>
    Stale,

    /// <summary>The attempt was aborted before the final dot. The peer has no message, and the connection cannot be reused.</summary>
    Aborted,
}

/// <summary>The result of sending one message.</summary>
/// <param name="Status">How the transmission ended.</param>
/// <param name="Outcomes">The outcome of every open recipient, if the status is attempted.</param>
/// <param name="Transactions">The number of transactions begun; they count towards the site's rate.</param>
internal readonly record struct SendResult(SendResultKind Status, IReadOnlyList<RecipientOutcome> Outcomes, int Transactions)
{
    public static SendResult Stale { get; } = new(SendResultKind.Stale, [], 0);

    public static SendResult Aborted(int transactions) => new(SendResultKind.Aborted, [], transactions);

    public static SendResult Attempted(IReadOnlyList<RecipientOutcome> outcomes, int transactions) =>
        new(SendResultKind.Attempted, outcomes, transactions);
}

/// <summary>An open connection to one host of a site. Used by one caller at a time.</summary>
internal interface ISiteConnection : IAsyncDisposable
{
    /// <summary>Name and address of the host for logs and DSNs: <c>mx.example.org[192.0.2.1]:25</c>.</summary>
    string RemoteHost { get; }

    /// <summary>The TLS parameters for logs: <c>TLSv1.3,TLS_AES_256_GCM_SHA384,verified</c>, or <c>none</c>.</summary>
    string Tls { get; }

    /// <summary>The TLS of the connection; null for none.</summary>
    TlsFacts? Security => null;

    /// <summary>How the host was reached, without a duration. The same object for the life of the connection.</summary>
    AttemptDetails Details { get; }

    /// <summary>
    /// Whether another message may be sent. False after a 421 reply, a lost connection or a protocol error, and when the host's limit of
    /// transactions is reached.
    /// </summary>
    bool IsUsable { get; }

    /// <summary>The number of messages sent on this connection.</summary>
    int Messages { get; }

    /// <summary>
    /// Sends one message to the open recipients of a part. Faults of the peer never throw. Before the final dot the guard can abort the
    /// transmission; after it the outcome must be learned, so only a timeout ends the wait.
    /// </summary>
    /// <param name="part">The message.</param>
    /// <param name="open">The recipients.</param>
    /// <param name="guard">The check before the final dot.</param>
    /// <param name="isNameProven">
    /// Whether the policy of the message's domain proves the host: its certificate is for a name in the policy, or in a TLSA record
    /// (RFC 8689 section 4.2.1).
    /// </param>
    ValueTask<SendResult> SendAsync(SpooledPart part, RecipientSet open, FinalDotGuard guard, bool isNameProven = false);

    /// <summary>
    /// Sends QUIT and waits a short time for the reply, unless the connection is dead or closing. Disposal closes the connection at once,
    /// may be called from another thread while a message is sent, and may be repeated.
    /// </summary>
    ValueTask QuitAsync();
}

/// <summary>One address of a host of a site.</summary>
/// <param name="Host">The host's name in the site's host list.</param>
/// <param name="Endpoint">The endpoint to connect to.</param>
internal readonly record struct SiteAddress(string Host, EndPoint Endpoint)
{
    /// <summary>Whether two addresses belong to the same host: the names are equal, or both names resolve to the same address.</summary>
    public bool IsOfHost(SiteAddress other) => Host == other.Host || Endpoint.Equals(other.Endpoint);
}

/// <summary>A negative reply of a host.</summary>
/// <param name="Reply">The reply.</param>
/// <param name="Host">The host, as it is logged.</param>
internal sealed record HostReply(SmtpReply Reply, string Host);

/// <summary>The result of connecting to one address.</summary>
internal abstract record ConnectResult
{
    private ConnectResult()
    {
    }

    /// <summary>The host greeted and accepted EHLO or HELO.</summary>
    public sealed record Connected(ISiteConnection Connection) : ConnectResult
    {
        /// <summary>The address of the host; null where mail leaves over no network.</summary>
        public SiteAddress? Address { get; init; }
    }

    /// <summary>The host cannot be used now; another host of the site may be tried.</summary>
    /// <param name="Reply">The reason, as a reply of class 4.</param>
    /// <param name="IsTlsBroken">Whether the host offered TLS and failed to establish it.</param>
    public sealed record Refused(SmtpReply Reply, bool IsTlsBroken = false) : ConnectResult
    {
        /// <summary>Whether this node lacks sockets: the failure says nothing about the host.</summary>
        public bool IsLocal { get; init; }

        /// <summary>The host's own reply with its stage; null where the host gave none.</summary>
        public HostReply? Told { get; init; }
    }
}

/// <summary>Opens connections to mail hosts. Thread-safe.</summary>
internal interface IHostConnector
{
    /// <summary>Connects to one address of a host. Faults of the network or the peer never throw.</summary>
    /// <param name="hostName">The host's name, which its certificate must match.</param>
    /// <param name="endpoint">The endpoint: an <see cref="IPEndPoint"/>, or a socket in the file system.</param>
    /// <param name="egress">How the connection leaves this node: protocol, TLS, credentials, source addresses.</param>
    /// <param name="cancellationToken">Cancels the connection attempt.</param>
    ValueTask<ConnectResult> ConnectAsync(string hostName, EndPoint endpoint, Egress egress, CancellationToken cancellationToken);
}
