using System.Net;

namespace Postfleet.Testing;

/// <summary>The settings of a <see cref="SmtpSink"/>.</summary>
public sealed record SinkOptions
{
    /// <summary>The address; several of 127.0.0.0/8 let several MX hosts share one port.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The port; 0 for any free port.</summary>
    public int Port { get; init; }

    /// <summary>Whether EHLO offers PIPELINING (RFC 2920).</summary>
    public bool Pipelining { get; init; } = true;

    /// <summary>Whether EHLO offers 8BITMIME (RFC 6152).</summary>
    public bool EightBitMime { get; init; } = true;

    /// <summary>The limit in octets announced with SIZE (RFC 1870); 0 for no limit. Larger messages are still accepted.</summary>
    public long Size { get; init; }

    /// <summary>The header field that identifies a message. Messages of smtp-source have a Message-Id.</summary>
    public string IdHeader { get; init; } = "Message-Id";

    /// <summary>Whether records hold the content in addition to its hash.</summary>
    public bool KeepContent { get; init; }

    /// <summary>Whether the commands of each connection are held, for <see cref="SmtpSink.Commands"/>.</summary>
    public bool KeepCommands { get; init; }

    /// <summary>The reaction at each step; null accepts all messages. Called concurrently by all connections.</summary>
    public Func<SinkStep, SinkAction>? Script { get; init; }
}
