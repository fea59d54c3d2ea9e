namespace Postfleet.Authentication.Dmarc;

/// <summary>The words of policies and results, as records, reports and Authentication-Results fields have them.</summary>
public static class DmarcWords
{
    /// <summary>The word of a policy (RFC 9989 section 4.7).</summary>
    public static string Of(DmarcPolicy policy) => policy switch
    {
        DmarcPolicy.Reject => "reject",
        DmarcPolicy.Quarantine => "quarantine",
        _ => "none",
    };

    /// <summary>The word of a result (RFC 9989 section 9.2).</summary>
    public static string Of(DmarcResult result) => result switch
    {
        DmarcResult.Pass => "pass",
        DmarcResult.Fail => "fail",
        DmarcResult.TempError => "temperror",
        DmarcResult.PermError => "permerror",
        _ => "none",
    };
}
