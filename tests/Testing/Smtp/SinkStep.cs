namespace Postfleet.Testing;

/// <summary>The steps of a session at which a script decides.</summary>
public enum SinkStage
{
    /// <summary>The connection is open; the greeting comes next.</summary>
    Connect,

    /// <summary>EHLO or HELO.</summary>
    Hello,

    /// <summary>MAIL FROM.</summary>
    Mail,

    /// <summary>RCPT TO.</summary>
    Recipient,

    /// <summary>DATA; the 354 comes next.</summary>
    Data,

    /// <summary>The final dot has arrived.</summary>
    EndOfData,

    /// <summary>RSET.</summary>
    Reset,

    /// <summary>QUIT.</summary>
    Quit,

    /// <summary>NOOP or an unknown command.</summary>
    Other,
}

/// <summary>One step of a session, passed to the script.</summary>
/// <param name="Stage">The kind of step.</param>
/// <param name="Connection">The number of the connection, counted from 1.</param>
/// <param name="Transaction">The number of MAIL commands on this connection, including this step.</param>
/// <param name="Line">The command line without CRLF; empty for <see cref="SinkStage.Connect"/> and
/// <see cref="SinkStage.EndOfData"/>.</param>
public readonly record struct SinkStep(SinkStage Stage, int Connection, int Transaction, string Line);
