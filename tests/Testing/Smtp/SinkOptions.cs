using System.Net;

namespace Postfleet.Testing;

/// <summary>What a <see cref="SmtpSink"/> listens on, offers and records.</summary>
public sealed record SinkOptions
{
    /// <summary>The address; several of 127.0.0.0/8 let several MX hosts share one port.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The port; 0 for any free one.</summary>
    public int Port { get; init; }

    /// <summary>Whether EHLO offers PIPELINING (RFC 2920).</summary>
    public bool Pipelining { get; init; } = true;

    /// <summary>Whether EHLO offers 8BITMIME (RFC 6152).</summary>
    public bool EightBitMime { get; init; } = true;

    /// <summary>
    /// The limit that EHLO tells with SIZE (RFC 1870), in octets; 0 for no limit told. Larger messages are taken all the same.
    /// </summary>
    public long Size { get; init; }

    /// <summary>The header field whose value identifies a message; smtp-source gives each a Message-Id.</summary>
    public string IdHeader { get; init; } = "Message-Id";

    /// <summary>Whether records hold the whole content; hashes are always there.</summary>
    public bool KeepContent { get; init; }

    /// <summary>Whether the commands of each connection are held, for <see cref="SmtpSink.Commands"/>.</summary>
    public bool KeepCommands { get; init; }

    /// <summary>What the sink does at each step; null accepts all. Called from many connections at once.</summary>
    public Func<SinkStep, SinkAction>? Script { get; init; }
}
