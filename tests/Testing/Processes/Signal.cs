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

    /// <summary>Ends the process at once, without cleanup.</summary>
    Kill = 9,

    /// <summary>Whatever the program makes of it.</summary>
    User1 = 10,

    /// <summary>Whatever the program makes of it.</summary>
    User2 = 12,

    /// <summary>Asks the process to end.</summary>
    Terminate = 15,

    /// <summary>Continues after <see cref="Stop"/>.</summary>
    Continue = 18,

    /// <summary>Freezes the process. Its sockets stay open but do not answer.</summary>
    Stop = 19,

    /// <summary>A file exceeds the size limit (<c>ulimit -f</c>).</summary>
    FileSize = 25,
}
