namespace Postfleet.Cli.Common;

/// <summary>The exit codes of the verbs. Scripts rely on them.</summary>
internal static class ExitCode
{
    /// <summary>The verb is done.</summary>
    public const int Done = 0;

    /// <summary>The cluster refused the request or failed.</summary>
    public const int Failed = 1;

    /// <summary>The command line or a value in it is wrong.</summary>
    public const int WrongUse = 2;

    /// <summary>No node answers at the endpoint.</summary>
    public const int Unreachable = 3;

    /// <summary>The named queue, message, action or user does not exist.</summary>
    public const int NotFound = 4;
}
