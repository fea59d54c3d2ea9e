namespace Postfleet.Testing;

/// <summary>The moments of a session at which a script decides.</summary>
public enum SinkStage
{
    /// <summary>The connection is open; the greeting is due.</summary>
    Connect,

    /// <summary>EHLO or HELO.</summary>
    Hello,

    /// <summary>MAIL FROM.</summary>
    Mail,

    /// <summary>RCPT TO.</summary>
    Recipient,

    /// <summary>DATA; 354 is due.</summary>
    Data,

    /// <summary>The final dot has arrived.</summary>
    EndOfData,

    /// <summary>RSET.</summary>
    Reset,

    /// <summary>QUIT.</summary>
    Quit,

    /// <summary>NOOP, or a command the sink does not know.</summary>
    Other,
}

/// <summary>One step of a session, as a script sees it.</summary>
/// <param name="Stage">Which step.</param>
/// <param name="Connection">The connection, counted from 1 over the life of the sink.</param>
/// <param name="Transaction">The MAIL commands seen on this connection so far, this one included.</param>
/// <param name="Line">The command line without CRLF; empty for <see cref="SinkStage.Connect"/> and
/// <see cref="SinkStage.EndOfData"/>.</param>
public readonly record struct SinkStep(SinkStage Stage, int Connection, int Transaction, string Line);
