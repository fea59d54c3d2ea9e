namespace Postfleet.Authentication.Dmarc.Reports;

/// <summary>Counts messages for the aggregate reports of DMARC. Thread-safe; called for each inbound message.</summary>
public interface IDmarcCounts
{
    /// <summary>Whether reports are sent. Otherwise nothing needs to be counted.</summary>
    bool IsOn { get; }

    /// <summary>Counts messages; never waits and never throws.</summary>
    /// <param name="policyDomain">The domain that publishes the policy.</param>
    /// <param name="record">Its record.</param>
    /// <param name="row">The messages.</param>
    void Add(string policyDomain, DmarcRecord record, DmarcReportRow row);
}
