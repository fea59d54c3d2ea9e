using Postfleet.Contracts.Receiving;

namespace Postfleet.Frontend.Access;

/// <summary>An entry of the access lists. Immutable.</summary>
/// <param name="Verdict">Acceptance of an allow entry; the refusal of a deny entry.</param>
/// <param name="File">The file of the entry.</param>
/// <param name="Line">Its line, from 1 on.</param>
internal sealed record AccessEntry(Verdict Verdict, string File, int Line)
{
    /// <summary>Whether the entry allows.</summary>
    public bool IsAllow => Verdict.Kind == VerdictKind.Accept;
}
