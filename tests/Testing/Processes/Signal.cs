using System.Diagnostics.CodeAnalysis;

namespace Postfleet.Testing;

/// <summary>The POSIX signals that tests send (numbers of Linux).</summary>
[SuppressMessage("Design", "CA1008:Enums should have zero value", Justification = "signal 0 is no signal")]
public enum Signal
{
    /// <summary>The terminal was closed; many daemons read their configuration again.</summary>
    HangUp = 1,

    /// <summary>Interrupt, as by ctrl-c.</summary>
    Interrupt = 2,

    /// <summary>Quit; PostgreSQL's immediate shutdown.</summary>
    Quit = 3,

    /// <summary>Die at once, without a chance to clean up.</summary>
    Kill = 9,

    /// <summary>Whatever the program makes of it.</summary>
    User1 = 10,

    /// <summary>Whatever the program makes of it.</summary>
    User2 = 12,

    /// <summary>Please end.</summary>
    Terminate = 15,

    /// <summary>Go on after <see cref="Stop"/>.</summary>
    Continue = 18,

    /// <summary>Freeze; sockets stay open and nothing answers.</summary>
    Stop = 19,

    /// <summary>A file is larger than it may be (<c>ulimit -f</c>).</summary>
    FileSize = 25,
}
