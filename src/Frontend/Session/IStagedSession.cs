using Postfleet.Contracts.Receiving;

namespace Postfleet.Frontend.Session;

/// <summary>What the stages use and change of the session that they have a command of. The session's machine is it.</summary>
internal interface IStagedSession : ISessionView
{
    /// <summary>The transaction.</summary>
    Transaction Transaction { get; }

    /// <summary>What the checks of the connection have said about all mail of the session.</summary>
    StageMarks ConnectMarks { get; set; }

    /// <summary>The check that has the present message discarded; null where somebody gets it.</summary>
    string? DiscardedBy { get; }

    /// <summary>What follows where the checks of a stage have a question or do not take the command; null where they take it.</summary>
    Answer? Negative(in StageResult result);

    /// <summary>HELO or EHLO is taken.</summary>
    void Greet(string name, bool isExtended, in StageMarks marks);

    /// <summary>Counts a transaction that is about to begin.</summary>
    /// <returns>How many there are with it.</returns>
    int CountTransaction();
}
