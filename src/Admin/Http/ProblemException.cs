namespace Postfleet.Admin.Http;

/// <summary>Ends a request with a problem. <see cref="ProblemMiddleware"/> writes the answer.</summary>
internal sealed class ProblemException(ProblemKind kind, string detail) : Exception(detail)
{
    /// <summary>The kind of the problem.</summary>
    public ProblemKind Kind => kind;
}
